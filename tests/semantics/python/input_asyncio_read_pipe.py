# stdin: "a b\nc d\n\nlast\n"
import asyncio
import sys


async def main():
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(line.decode().split())
    print(reader.at_eof())
    transport.close()


asyncio.run(main())
