#include <bits/stdc++.h>
using namespace std;

int main(int argc, char **argv)
{
    map<string, int> seen;
    cout << "Words: ";
    for (string word; cin >> word;)
        seen[word]++;
    for (auto &[word, times] : seen)
        cout << word << " " << times << "\n";
    for (int i = 0; i < argc; i++)
        cout << "[" << argv[i] << "]\n";
}
