# benchmark: objects
# about: Dhrystone mix
# features: globals, records, one-letter strings, nested lists
# argument: 200000
# iterations: 12
# checksum: e49dbe6f256c8eef
# quick: 50
# quick checksum: 9c509cbdfd39ad75
"""A Dhrystone-like mix of statements: records, globals, nested lists, one-letter strings, calls.

    python pystone.py [PASSES]

Written from the description of the synthetic benchmark of R. P. Weicker (Communications of the
ACM 27, 10, 1984): in each pass eight procedures and three functions are called in a fixed order,
with about half assignments, a third control statements and the rest calls. The values of the
globals and records at the end are the check.
"""

from __future__ import annotations

import sys

IDENT_1, IDENT_2, IDENT_3, IDENT_4, IDENT_5 = 1, 2, 3, 4, 5

FIRST_TEXT = "DHRYSTONE PROGRAM, 1'ST STRING"
SECOND_TEXT = "DHRYSTONE PROGRAM, 2'ND STRING"
THIRD_TEXT = "DHRYSTONE PROGRAM, 3'RD STRING"
SOME_TEXT = "DHRYSTONE PROGRAM, SOME STRING"


class Record:
    """A record with a link to another one, as the original's variant record."""

    def __init__(
        self,
        link: Record | None = None,
        discriminant: int = IDENT_1,
        enum_value: int = IDENT_1,
        int_value: int = 0,
        text: str = "",
    ) -> None:
        self.link = link
        self.discriminant = discriminant
        self.enum_value = enum_value
        self.int_value = int_value
        self.text = text

    def copy(self) -> Record:
        """A new record with the same five fields."""
        return Record(self.link, self.discriminant, self.enum_value, self.int_value, self.text)


int_global = 0
bool_global = False
char_1_global = "\0"
char_2_global = "\0"
array_global = [0] * 51
matrix_global = [[0] * 51 for _ in range(51)]
record_global = Record()
next_record_global = Record()


def run(passes: int) -> None:
    """The measured loop."""
    global record_global, next_record_global, int_global
    next_record_global = Record()
    record_global = Record(next_record_global, IDENT_1, IDENT_3, 40, SOME_TEXT)
    matrix_global[8][7] = 10
    for index in range(passes):
        proc_5()
        proc_4()
        int_1 = 2
        int_2 = 3
        int_3 = 0
        text_2 = SECOND_TEXT
        enum_value = IDENT_2
        set_global_bool(not func_2(FIRST_TEXT, text_2))
        while int_1 < int_2:
            int_3 = 5 * int_1 - int_2
            int_3 = proc_7(int_1, int_2)
            int_1 = int_1 + 1
        proc_8(array_global, matrix_global, int_1, int_3)
        record_global = proc_1(record_global)
        letter = "A"
        while letter <= char_2_global:
            if enum_value == func_1(letter, "C"):
                enum_value = proc_6(IDENT_1)
                text_2 = THIRD_TEXT
                int_2 = index
                int_global = index
            letter = chr(ord(letter) + 1)
        int_3 = int_2 * int_1
        int_2 = int_3 // int_1
        int_2 = 7 * (int_3 - int_2) - int_1
        int_1 = proc_2(int_1)


def set_global_bool(value: bool) -> None:
    """Store into the global flag."""
    global bool_global
    bool_global = value


def proc_1(record: Record) -> Record:
    """Copies the global record over the next one and works on the copy's fields."""
    following = record_global.copy()
    record.link = following
    record.int_value = 5
    following.int_value = record.int_value
    following.link = record.link
    following.link = proc_3(following.link)
    if following.discriminant == IDENT_1:
        following.int_value = 6
        following.enum_value = proc_6(record.enum_value)
        following.link = record_global.link
        following.int_value = proc_7(following.int_value, 10)
    else:
        record = following.copy()
    following.link = None
    return record


def proc_2(value: int) -> int:
    """A loop that runs once."""
    place = value + 10
    result = value
    while True:
        if char_1_global == "A":
            place = place - 1
            result = place - int_global
            done = IDENT_1
        else:
            done = IDENT_2
        if done == IDENT_1 or char_1_global != "A":
            break
    return result


def proc_3(record: Record | None) -> Record | None:
    """Follows the global record's link."""
    global int_global
    if record_global.link is not None:
        record = record_global.link
    else:
        int_global = 100
    record_global.int_value = proc_7(10, int_global)
    return record


def proc_4() -> bool:
    """Booleans and letters."""
    global char_2_global
    flag = char_1_global == "A"
    flag = flag or bool_global
    char_2_global = "B"
    return flag


def proc_5() -> None:
    """Stores of globals."""
    global char_1_global, bool_global
    char_1_global = "A"
    bool_global = False


def proc_6(value: int) -> int:
    """A chain of comparisons."""
    result = value
    if not func_3(value):
        result = IDENT_4
    if value == IDENT_1:
        result = IDENT_1
    elif value == IDENT_2:
        result = IDENT_1 if int_global > 100 else IDENT_4
    elif value == IDENT_3:
        result = IDENT_2
    elif value == IDENT_5:
        result = IDENT_3
    return result


def proc_7(first: int, second: int) -> int:
    """Integer sums."""
    place = first + 2
    return second + place


def proc_8(array: list[int], matrix: list[list[int]], first: int, second: int) -> None:
    """Indexing of a list and of a list of lists."""
    global int_global
    place = first + 5
    array[place] = second
    array[place + 1] = array[place]
    array[place + 30] = place
    for column in range(place, place + 2):
        matrix[place][column] = place
    matrix[place][place - 1] = matrix[place][place - 1] + 1
    matrix[place + 20][place] = array[place]
    int_global = 5


def func_1(first: str, second: str) -> int:
    """Compares two letters."""
    letter = first
    if letter != second:
        return IDENT_1
    return IDENT_2


def func_2(first: str, second: str) -> bool:
    """Compares letters of two texts, then the texts."""
    place = 1
    letter = "\0"
    while place <= 1:
        if func_1(first[place], second[place + 1]) == IDENT_1:
            letter = "A"
            place = place + 1
    if "W" <= letter <= "Z":
        place = 7
    if letter == "X":
        return True
    if first > second:
        place = place + 7
        return True
    return False


def func_3(value: int) -> bool:
    """Is it the third of the five?"""
    return value == IDENT_3


def summary() -> str:
    """The globals and records, as one line."""
    following = record_global.link
    fields = [
        int_global,
        bool_global,
        char_1_global,
        char_2_global,
        sum(array_global),
        sum(sum(row) for row in matrix_global),
        record_global.discriminant,
        record_global.enum_value,
        record_global.int_value,
        record_global.text,
        following.int_value if following is not None else None,
        following.enum_value if following is not None else None,
    ]
    return " ".join(str(field) for field in fields)


def main(argv: list[str]) -> None:
    """Run the number of passes in `argv` and print the state they leave."""
    passes = int(argv[0]) if argv else 100_000
    run(passes)
    print(f"{passes} passes: {summary()}")


if __name__ == "__main__":
    main(sys.argv[1:])
