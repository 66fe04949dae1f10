# stdin: "2\n3\n"
import asyncio


async def ask(prompt):
    return await asyncio.to_thread(input, prompt)


async def main():
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(tick())
    total = int(await ask("a? ")) + int(await ask("b? "))
    task.cancel()
    print(total, ticks > 0)


asyncio.run(main())
