#include <string>

int main()
{
    throw std::string("no data");
}
