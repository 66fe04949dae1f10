import asyncio


async def producer(queue):
    for number in range(5):
        await queue.put(number)
    queue.shutdown()


async def consumer(name, queue, seen):
    try:
        while True:
            seen.append((name, await queue.get()))
            await asyncio.sleep(0)
    except asyncio.QueueShutDown:
        seen.append((name, "done"))


async def main():
    queue, seen = asyncio.Queue(1), []
    await asyncio.gather(producer(queue), consumer("a", queue, seen), consumer("b", queue, seen))
    print(seen)
    lock, semaphore = asyncio.Lock(), asyncio.Semaphore(2)
    async with lock, semaphore:
        print(lock.locked(), semaphore.locked())


asyncio.run(main())
