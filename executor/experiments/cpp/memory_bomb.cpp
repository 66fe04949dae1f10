// Eats memory, a MiB at a time. C++ promises an exception when there is no memory left. It does not
// come: the kernel gives addresses to everybody, and it notices only later that they are used.
#include <cstdio>
#include <new>
#include <string>
#include <vector>

int main()
{
    constexpr int MiB = 1 << 20;
    std::vector<std::string> kept;
    try {
        while (kept.size() < 400) { // much more than is allowed
            if (kept.size() % 50 == 0)
                std::printf("%zu MiB\n", kept.size());
            kept.emplace_back(MiB, 'x');
        }
    } catch (const std::bad_alloc &) {
        std::printf("ATTEMPT take 400 MiB: blocked (std::bad_alloc)\n");
        return 1;
    }
    std::printf("ATTEMPT take 400 MiB: succeeded (all of it is ours)\n");
}
