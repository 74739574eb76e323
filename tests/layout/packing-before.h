/* SPDX-License-Identifier: MIT */
struct entry {
    char kind;
    double from;
    char shape;
    double to;
    char colour;
    double weight;
    char style;
    double height;
    char edge;
};
