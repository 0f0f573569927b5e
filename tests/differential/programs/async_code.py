import asyncio
async def item(i):
    if i % 20 == 0:
        await asyncio.sleep(0)
    return i
async def agen(n):
    for i in range(n):
        yield i
async def main(n):
    t = 0
    for i in range(n):
        t += await item(i)
    async for x in agen(n):
        t += x
    t += sum([y async for y in agen(n)])
    return t
print(asyncio.run(main(100)))
async def gather():
    return await asyncio.gather(*[main(30) for _ in range(4)])
print(asyncio.run(gather()))
