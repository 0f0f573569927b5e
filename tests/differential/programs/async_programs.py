# Tasks, queues, timeouts, cancellation, async generators and context managers in hot loops.
import asyncio
async def item(i):
    if i % 5 == 0: await asyncio.sleep(0)
    t = 0
    for k in range(i % 40): t += k
    return t
async def agen(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def prod(q, n):
    for i in range(n): await q.put(i)
    await q.put(None)
async def cons(q):
    s = 0
    while (v := await q.get()) is not None: s += v
    return s
class Ctx:
    async def __aenter__(self): return self
    async def __aexit__(self, *a): return a[0] is ValueError
async def main():
    print(sum(await asyncio.gather(*[item(i) for i in range(400)])))
    print([v async for v in agen(30)][-3:])
    q = asyncio.Queue(3)
    print(await asyncio.gather(prod(q, 300), cons(q)))
    n = 0
    for i in range(300):
        async with Ctx():
            if i % 3 == 0: raise ValueError
            n += 1
    print(n)
    try: await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except asyncio.TimeoutError: print("timeout")
    async def forever():
        try:
            while True: await asyncio.sleep(0)
        except asyncio.CancelledError: print("cancelled"); raise
    t = asyncio.create_task(forever()); await asyncio.sleep(0.01); t.cancel()
    try: await t
    except asyncio.CancelledError: print("done")
    async with asyncio.TaskGroup() as tg:
        ts = [tg.create_task(item(i)) for i in range(100)]
    print(sum(t.result() for t in ts))
    loop = asyncio.get_running_loop()
    def block(n):
        t = 0
        for i in range(n): t += i
        return t
    print(await asyncio.gather(*[loop.run_in_executor(None, block, 2000 + i) for i in range(8)]))
asyncio.run(main()); asyncio.run(main())
