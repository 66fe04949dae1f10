#include <iostream>

int main()
{
    for (;;)
        std::cout << "more" << std::endl;
}
