import asyncio
import contextvars

request = contextvars.ContextVar("request", default="none")


async def show(tag):
    request.set(tag)
    await asyncio.sleep(0)
    return request.get()


with asyncio.Runner(debug=False) as runner:
    print(runner.run(show("one")), request.get())
    print(runner.get_loop().get_debug(), type(runner.get_loop()).__name__)


async def cancelled():
    task = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError as error:
        print(error.args, task.cancelled())


asyncio.run(cancelled())
