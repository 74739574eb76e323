/* SPDX-License-Identifier: MIT */
/* False: nodes of a hash table, neighbours in the heap, of which every other is one thread's. */
#include <thread>
#include <unordered_map>
#include <vector>

#include "pattern.h"

struct Account {
    long balance = 0, changes = 0;
};

int main(int argc, char **argv)
{
    arguments(argc, argv);
    auto &accounts = *new std::unordered_map<int, Account>; /* for good */
    for (int i = 0; i < 6; i++)
        accounts[i];
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; i++)
        threads.emplace_back([&accounts, i] {
            Account *own[] = {&accounts.at(i), &accounts.at(i + 2), &accounts.at(i + 4)};
            for (long round = 0; round < rounds; round++)
                for (Account *account : own) {
                    account->balance += 2;
                    account->changes++;
                    keep();
                }
        });
    for (auto &thread : threads)
        thread.join();
    return accounts.at(0).changes != rounds;
}
