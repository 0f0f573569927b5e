class Node:
    def __init__(self, n):
        self.__dict__["number"] = n
        self.total = 0
class Hidden:
    @property
    def __dict__(self):
        return {"x": "not it"}
class Names(dict):
    def __setitem__(self, key, value):
        print("never asked")
def many(n):
    nodes = [Node(i) for i in range(5)]
    for i in range(n):
        node = nodes[i % 5]
        node.total += node.number
        if i % 50 == 49:
            del node.number
            node.number = i
        if i == n // 2:
            node.__dict__ = {"total": 1, "number": 2, "more": 3}
        if i == n // 2 + 9:
            node.__dict__ = Names(number=5, total=node.total)
    return [(node.total, list(node.__dict__)) for node in nodes]
def hidden(n):
    one = Hidden()
    one.x = 0
    object.__getattribute__(one, "x")
    for i in range(n):
        one.x = one.x + i
    return one.x, one.__dict__
def missing(n):
    nodes = [Node(i) for i in range(3)]
    out = []
    for i in range(n):
        node = nodes[i % 3]
        try:
            node.total += node.late
        except AttributeError as e:
            out.append(str(e))
            if i > n - 20:
                node.late = 1
    return out[-25:], [node.total for node in nodes]
class Checked(Node):
    pass
def became_data(n):
    node, seen = Checked(1), []
    for i in range(n):
        node.total = i
        if i == n - 10:
            Checked.total = property(lambda self: "read", lambda self, value: seen.append(value))
    return node.total, node.__dict__["total"], seen
class Strange(str):
    def __hash__(self):
        return hash("total")
    def __eq__(self, other):
        return False
def strange(n):
    node = Node(1)
    node.__dict__ = {Strange("odd"): 0, "total": 0}
    for i in range(n):
        node.total += 1
        if i > 60:
            break
    return node.total
def shared(n):
    out = 0
    for i in range(n):
        node = Node(i)
        node.a = node.b = i
        names = vars(node)
        node.a += 1
        out += node.a + names["b"] + len(names)
    return out
for f in (many, hidden, missing, became_data, strange, shared):
    print(f.__name__, f(400))
