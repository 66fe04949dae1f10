"""Usual programs still work with the calls whose arguments the filter checks."""

import os
from math import ceil

import pytest

from executor import default_limits
from tests.support.programs import printed, run, run_js

pytestmark = pytest.mark.docker


def test_options_of_sockets_can_be_set() -> None:
    code = """
        import socket as s
        tcp, udp = s.socket(s.AF_INET), s.socket(s.AF_INET, s.SOCK_DGRAM)
        six, unix = s.socket(s.AF_INET6, s.SOCK_DGRAM), s.socket(s.AF_UNIX)
        for name in ("REUSEADDR", "REUSEPORT", "KEEPALIVE", "BROADCAST", "RCVBUF", "SNDBUF", "RCVLOWAT"):
            tcp.setsockopt(s.SOL_SOCKET, getattr(s, "SO_" + name), 1)
        for name in ("NODELAY", "KEEPIDLE", "KEEPINTVL", "KEEPCNT", "CORK", "QUICKACK", "USER_TIMEOUT"):
            tcp.setsockopt(s.IPPROTO_TCP, getattr(s, "TCP_" + name), 1)
        for name in ("LINGER", "RCVTIMEO", "SNDTIMEO"):
            size = 8 if name == "LINGER" else 16
            tcp.setsockopt(s.SOL_SOCKET, getattr(s, "SO_" + name), bytes(size))
        for name in ("TTL", "TOS", "MULTICAST_TTL", "MULTICAST_LOOP"):
            udp.setsockopt(s.IPPROTO_IP, getattr(s, "IP_" + name), 1)
        for name in ("V6ONLY", "UNICAST_HOPS", "MULTICAST_HOPS", "TCLASS"):
            six.setsockopt(s.IPPROTO_IPV6, getattr(s, "IPV6_" + name), 1)
        unix.setsockopt(s.SOL_SOCKET, s.SO_PASSCRED, 1)
        print(tcp.getsockopt(s.IPPROTO_TCP, s.TCP_NODELAY), len(tcp.getsockopt(6, s.TCP_INFO, 100)))
    """
    assert printed(run(code)) == "1 100\n"


def test_asyncio_serves_and_sends_datagrams() -> None:
    code = """
        import asyncio
        class Echo(asyncio.DatagramProtocol):
            def connection_made(self, transport): self.transport = transport
            def datagram_received(self, data, address): self.transport.sendto(data.upper(), address)
        class Client(asyncio.DatagramProtocol):
            def __init__(self, got): self.got = got
            def datagram_received(self, data, address): self.got.set_result(data)
        async def upper(reader, writer):
            writer.write((await reader.read(9)).upper())
            await writer.drain()
            writer.close()
        async def main():
            loop = asyncio.get_running_loop()
            server = await asyncio.start_server(upper, "127.0.0.1", 0, reuse_port=True)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"tcp")
            print(await reader.read(9))
            transport, _ = await loop.create_datagram_endpoint(Echo, ("127.0.0.1", 0))
            got, to = loop.create_future(), transport.get_extra_info("sockname")
            one, _ = await loop.create_datagram_endpoint(lambda: Client(got), remote_addr=to)
            one.sendto(b"udp")
            print(await got)
        asyncio.run(main())
    """
    assert printed(run(code)) == "b'TCP'\nb'UDP'\n"


def test_multiprocessing_shares_by_a_manager_a_queue_and_memory() -> None:
    code = """
        import multiprocessing as m
        from multiprocessing.shared_memory import SharedMemory
        def work(known, queue, memory): known["a"] = 1; queue.put(2); memory.buf[0] = 3
        if __name__ == "__main__":
            memory = SharedMemory(create=True, size=16)
            with m.Manager() as manager:
                known, queue = manager.dict(), m.Queue()
                process = m.Process(target=work, args=(known, queue, memory))
                process.start(); print(queue.get()); process.join()
                print(known["a"], memory.buf[0])
            memory.close(); memory.unlink()
    """
    assert printed(run(code)) == "2\n1 3\n"


def test_pipes_locks_and_limits_can_be_set() -> None:
    code = """
        import fcntl, mmap, os, resource, subprocess
        print(subprocess.run(["cat"], input=b"x", stdout=-1, pipesize=65536).stdout)
        file = open("/tmp/x", "w+b"); file.write(bytes(4096)); file.flush()
        fcntl.lockf(file, fcntl.LOCK_EX); fcntl.flock(file, fcntl.LOCK_EX)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        area = mmap.mmap(file.fileno(), 4096); area.madvise(mmap.MADV_WILLNEED)
        mmap.mmap(-1, 4096).madvise(mmap.MADV_DONTNEED)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))
    """
    assert printed(run(code)) == "b'x'\n(64, 64) (1, 1)\n"


def test_processors_are_as_many_as_the_limit_allows() -> None:
    code = "import os, multiprocessing as m; print(os.cpu_count(), m.cpu_count())"
    allowed = ceil(default_limits().cpus)
    assert printed(run(code)) == f"{allowed} {allowed}\n"


def test_program_knows_that_it_has_no_terminal() -> None:
    code = """
        import os, shutil, sys, termios
        print(sys.stdout.isatty(), shutil.get_terminal_size())
        try: termios.tcgetattr(1)
        except termios.error as error: print(error.args[1])
    """
    told = "False os.terminal_size(columns=80, lines=24)\nInappropriate ioctl for device\n"
    assert printed(run(code)) == told


def test_options_of_sockets_can_be_set_in_javascript() -> None:
    code = """
        const dgram = require('dgram'), net = require('net');
        const server = net.createServer({ noDelay: true, keepAlive: true }, (s) => s.end('tcp'));
        server.listen(0, '127.0.0.1', () => {
          const client = net.connect(server.address().port, '127.0.0.1');
          client.setNoDelay(true).setKeepAlive(true, 1000);
          client.on('data', (data) => { console.log(data.toString()); server.close(); udp(); });
        });
        function udp() {
          const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
          socket.bind(0, '0.0.0.0', () => {
            socket.setBroadcast(true); socket.setTTL(2); socket.setMulticastTTL(2);
            socket.setMulticastLoopback(true); socket.setMulticastInterface('127.0.0.1');
            socket.setRecvBufferSize(4096); socket.setSendBufferSize(4096);
            console.log(socket.getRecvBufferSize() > 0);
            socket.on('message', (m) => { console.log(m.toString()); socket.close(); });
            socket.send('udp', socket.address().port, '127.0.0.1');
          });
        }
    """
    assert printed(run_js(code)) == "tcp\ntrue\nudp\n"


def test_processors_are_counted_as_on_the_host_in_javascript() -> None:
    assert printed(run_js("console.log(require('os').cpus().length)")) == f"{os.cpu_count()}\n"


def test_files_can_be_copied_in_javascript() -> None:
    code = """
        const fs = require('fs');
        fs.writeFileSync('/tmp/a', 'x');
        fs.copyFileSync('/tmp/a', '/tmp/b', fs.constants.COPYFILE_FICLONE);
        console.log(fs.readFileSync('/tmp/b', 'utf8'), process.stdout.isTTY);
    """
    assert printed(run_js(code)) == "x undefined\n"
