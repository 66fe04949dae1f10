import os
import signal

seen = []
for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP):
    signal.signal(number, lambda number, frame: seen.append((signal.Signals(number).name, frame.f_lineno)))
signal.raise_signal(signal.SIGTERM)
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGHUP)
print(seen)
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGPIPE), signal.getsignal(signal.SIGCHLD))
print(signal.strsignal(9), signal.pthread_sigmask(signal.SIG_BLOCK, []))
