import asyncio


async def serve(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_unix_server(serve, "/tmp/echo.socket")
    reader, writer = await asyncio.open_unix_connection("/tmp/echo.socket")
    writer.write(b"hello\n")
    print(await reader.read())
    writer.close()
    server.close()
    await server.wait_closed()
    print(server.is_serving())


asyncio.run(main())
