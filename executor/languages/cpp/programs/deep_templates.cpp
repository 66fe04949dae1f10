// As many types as there are numbers: the compiler runs out of memory.
template <long N>
struct Chain {
    typename Chain<N - 1>::type tail;
    struct type {
        Chain tail[2];
    };
};

template <int A, int B, int C>
struct Many {
    using type = Many;
};

template <int A, int B, int C>
int all()
{
    if constexpr (A > 0)
        return all<A - 1, B, C>() + all<A - 1, B + 1, C>() + all<A - 1, B, C + 1>();
    return sizeof(Many<A, B, C>);
}

int main()
{
    return all<700, 0, 0>();
}
