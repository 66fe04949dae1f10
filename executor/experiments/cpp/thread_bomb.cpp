// Threads are processes to the kernel: they take the same numbers from the same table. C++ turns the
// kernel's refusal into an exception. A program that does not catch it ends by an abort.
#include <cstdio>
#include <system_error>
#include <thread>
#include <unistd.h>

constexpr int WANTED = 200;

int main()
{
    int alive = 0;
    try {
        for (; alive < WANTED; alive++)
            std::thread([] { sleep(5); }).detach();
    } catch (const std::system_error &refused) {
        std::printf("ATTEMPT have 200 threads: blocked (%s after %d)\n",
                    refused.code().message().c_str(), alive);
        return 1;
    }
    std::printf("ATTEMPT have 200 threads: succeeded (all are alive)\n");
}
