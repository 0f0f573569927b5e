total = 0
items = []
for i in range(300):
    total += i * i
    items.append(total % 10)
    if i == 200:
        extra = "new global"
    if i == 250:
        total = float(total)
print(total, items[-5:], extra)
n = 0
while n < 300:
    n += 1
    if n % 100 == 0:
        print(n)
        continue
else:
    print("else", n)
class C:
    acc = 0
    for k in range(150):
        acc += k
print(C.acc, C.k)
