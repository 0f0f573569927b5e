def f(values):
    good = bad = 0
    for value in values:
        try:
            good += 100 // value
        except ZeroDivisionError:
            bad += 1
        except TypeError as error:
            print("type", error)
            bad += 10
        else:
            good += 1
        finally:
            good += 2
    return good, bad

print(f([1, 2, 3] * 100))
print(f([1, 0, 3] * 100))
print(f([1, 2, None, 0] * 5))

def nested(n):
    log = []
    for i in range(n):
        try:
            try:
                if i % 60 == 59:
                    raise KeyError(i)
                x = i
            finally:
                x = -i
        except KeyError as error:
            log.append((error.args, x))
            try:
                raise ValueError from error
            except ValueError as second:
                log.append((repr(second.__cause__), repr(second.__context__)))
    return log, x

print(nested(250))
