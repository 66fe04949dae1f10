int twice(int number);

int main(void)
{
    return twice(21);
}
