import sys
import traceback


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("dies", self.name, sys.exc_info()[0])


class Reader:
    def __init__(self, text):
        self.text = text
        self.place = 0
        self.next = ""

    def step(self):
        place = self.place
        try:
            found = self.text[place]
        except IndexError:
            self.next = None
            return
        self.place = place + 1
        self.next = found


class Loose(Reader):
    __slots__ = ()

    def step(self):
        try:
            self.last = self.text[self.place]
        except (KeyError, IndexError):
            self.last = self
            return
        self.place += 1
        self.next = self.last


def read(cls, texts):
    found = []
    for text in texts:
        reader = cls(text)
        reader.step()
        while reader.next is not None and len(found) % 11:
            found.append(reader.next)
            reader.step()
            if getattr(reader, "last", None) is reader:
                reader.last = None
                break
        found.append(reader.next)
    return found


def memo(table, key):
    try:
        table[key].append(key)
    except KeyError:
        table[key] = [key]


def memos(n):
    table = {}
    for i in range(n):
        memo(table, i // 3)
    return len(table), sum(map(sum, table.values()))


class Table(dict):
    def __missing__(self, key):
        if key % 3:
            raise KeyError(key)
        return key


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n


def looked_up(table, keys, n):
    hits = misses = 0
    for i in range(n):
        try:
            hits += table[keys[i % len(keys)]]
        except KeyError:
            misses += 1
        except LookupError:
            misses += 100
    return hits, misses


def tried(table, key):
    return table[key]


def through(table, n):
    total = 0
    for i in range(n):
        try:
            total += tried(table, i % 7)
        except KeyError:
            total += 1000
    return total


def kept(n):
    lines = set()
    for i in range(n):
        try:
            {}[i % 3]
        except KeyError as error:
            caught = error
            lines.add((traceback.extract_tb(error.__traceback__)[-1].lineno, str(error)))
        try:
            tried({}, i % 3)
        except KeyError:
            lines.add(len(traceback.extract_tb(sys.exc_info()[2])))
    return sorted(map(str, lines)), caught.args


def nested(n):
    found = []
    for i in range(n):
        try:
            try:
                [][i]
            except IndexError:
                {}[i]
        except KeyError as error:
            if i % 50 == 0:
                found.append((repr(error), repr(error.__context__)))
        try:
            [][i]
        except IndexError:
            state = i
        if sys.exc_info() != (None, None, None):
            found.append("handled for ever")
    return found, state


def drops(table, key, name):
    loud = Loud(name)
    return table[key] + (loud is None)


def deaths(n):
    for i in range(n):
        loud = Loud(i) if i % 40 == 0 else None
        try:
            {}[i]
        except KeyError:
            loud = None
        if i % 40 == 0:
            print("after", i, loud)
            try:
                drops({}, i, "inner")
            except KeyError:
                print("caught", i)
            print("left", i)


def temporary(n):
    for i in range(n):
        try:
            [Loud(i) if i % 60 == 0 else None][i + 1]
        except IndexError:
            if i % 60 == 0:
                print("handler", i)


def finds(n):
    row, text, total = (1, 2, 3), "abc", 0
    for i in range(-n, n):
        try:
            total += row[i]
        except IndexError:
            total -= 1
        try:
            if text[i] == "b":
                total += 5
        except IndexError:
            continue
    return total


def uncaught(table, n):
    total = 0
    for i in range(n):
        try:
            total += table[i % 4]
        except IndexError:
            total = 0
    return total


class Stop(Exception):
    pass


class Kept(Exception):
    kept = None

    def __init__(self, *args):
        Kept.kept = self


class Deadly(Exception):
    def __del__(self):
        print("deadly", sys.exc_info()[0])


def stops(i):
    if i % 5 == 0:
        raise Stop
    if i % 5 == 1:
        raise Stop(i)
    if i % 5 == 2:
        raise Stop(Loud("argument") if i % 50 == 2 else i)
    if i % 5 == 3:
        raise Stop("chained") from ValueError(i)
    return i


def stopped(n):
    total = 0
    for i in range(n):
        try:
            total += stops(i)
        except Stop:
            total += 3
        if i % 50 == 2:
            print("next", i)
        try:
            if i % 3 == 0:
                raise LookupError
            total += 1
        except (KeyError, LookupError):
            total += 5
        try:
            if i % 7 == 0:
                raise Kept(i)
        except Kept:
            pass
        try:
            if i % 60 == 0:
                raise Deadly
        except Deadly:
            pass
    return total, Kept.kept.args, Kept.kept.__traceback__.tb_lineno


def from_inside(n):
    found = set()
    for i in range(n):
        try:
            stops(i)
        except Stop as error:
            lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__)]
            found.add((tuple(lines), repr(error.__cause__)[:10]))
        except UnicodeDecodeError:
            pass
        try:
            raise UnicodeDecodeError
        except TypeError as error:
            found.add(str(error))
        try:
            raise 5
        except TypeError as error:
            found.add(str(error))
    return sorted(map(str, found))


print(stopped(300))
print(from_inside(200))
print(read(Reader, ["abc", "", "defg", "h"] * 60)[-9:])
print(read(Loose, ["abc", "", "defg", "h"] * 60)[-9:])
print(memos(400))
for table in ({1: 1, 2: 2}, Table({1: 1}), {Key(1): 5}):
    print(looked_up(table, [1, 2, 4, "x", (1, 2)] if type(table) is dict else [1, 2, 3], 300))
print(looked_up({Key(1): 5, 2: 1}, [Key(1), 1, Key(3), 2], 300), looked_up({}, [], 0))
print(through({0: 3, 5: 4}, 300), through({}, 300))
print(kept(200))
print(nested(200))
deaths(130)
temporary(130)
print(finds(200))
print(uncaught({0: 1, 1: 1, 2: 1, 3: 1}, 300))
try:
    uncaught({0: 1, 1: 1}, 300)
except KeyError:
    traceback.print_exc(file=sys.stdout)
