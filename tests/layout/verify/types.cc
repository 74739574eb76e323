// SPDX-License-Identifier: MIT
// Much of the C++ library, and shapes that it does not have.
#include <any>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace shapes {
struct Base { long number; char tag; };
struct Derived : Base { char in_the_tail; short next; };
struct Empty {};
struct FromEmpty : Empty { int value; };
struct Virtual { virtual ~Virtual() = default; char mark; };
struct Left : virtual Base { int left; };
struct Right : virtual Base { int right; };
struct Diamond : Left, Right, Virtual { double last; };
struct Bits { unsigned a : 3, b : 11, : 0, c : 5; unsigned long d : 40; bool e : 1; };
struct alignas(64) Line { std::atomic<long> value; };
struct Two { Line first; char between; Line second; alignas(32) int aligned; };
struct __attribute__((packed)) Packed { char a; long b; short c; };
union Overlay { long number; char bytes[13]; struct { int x; double y; } point; };
struct Anonymous { union { int a; long b; }; struct { char c; short d; }; long rest[]; };
struct Pointers { int Diamond::*data; int (Diamond::*code)(); int &reference; char16_t wide; long double huge; _Complex double both; __int128 most; };
template <typename T, int N> struct Generic { char before; T values[N]; struct Inner { T inner; char after; } nested; };
class Private { struct Hidden { char a; long b; } hidden; int c; public: Hidden *give() { return &hidden; } int get() { return c; } };
} // namespace shapes

shapes::Diamond *diamond;
shapes::Derived derived;
shapes::FromEmpty from_empty;
shapes::Bits bits;
shapes::Two two;
shapes::Packed packed;
shapes::Overlay overlay;
shapes::Anonymous *anonymous;
shapes::Pointers *pointers;
shapes::Generic<short, 5> narrow;
shapes::Generic<std::string, 2> broad;
shapes::Private hiding;
std::tuple<char, long, std::string> tuple;
std::variant<int, std::string, std::vector<long>> variant;
std::optional<std::map<int, std::string>> optional;
std::unordered_map<std::string, std::shared_ptr<long>> table;
std::any any;

int main(int count, char **words)
{
    std::regex pattern("a+b");
    std::mt19937 random(static_cast<unsigned>(count));
    std::shared_mutex shared;
    std::condition_variable bell;
    std::deque<std::function<int(int)>> calls;
    std::list<std::set<int>> sets(2);
    auto later = std::async(std::launch::deferred, [&] { return std::regex_match(words[0], pattern); });
    diamond = new shapes::Diamond;
    std::ostringstream text;
    text << std::filesystem::path(words[0]) << random() << later.get() << hiding.give()->b << hiding.get();
    calls.emplace_back([](int x) { return x; });
    std::unique_lock<std::shared_mutex> held(shared);
    return text.str().empty() + static_cast<int>(table.size() + sets.size()) > 100;
}
