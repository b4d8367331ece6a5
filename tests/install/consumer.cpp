// consumer.cpp -- reads one picture through the installed library and prints its rows, one per line.
#include <chiffre/pipeline.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::ifstream file(argv[1], std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    const chiffre::Weights weights = chiffre::default_weights();
    const auto engine = chiffre::open_engine(chiffre::parse_device("cpu"), weights);
    const chiffre::Reading reading =
        chiffre::read_photo(bytes, argv[1], {{*engine, chiffre::score_meaning(weights)}}, chiffre::ReadOptions{});
    for (const chiffre::Row& row : reading.rows) std::cout << row.text << '\n';
}
