int main()
{
    volatile bool always = true;
    while (always)
        ;
}
