#include <iostream>
#include <vector>

int main()
{
    std::vector<int> numbers = {1, 2};
    std::cout << numbers;
}
