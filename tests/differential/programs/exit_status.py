import sys
def f(n):
    for i in range(n):
        if i == 250:
            sys.stderr.write("leaving\n")
            sys.exit(3)
f(300)
