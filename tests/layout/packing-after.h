/* SPDX-License-Identifier: MIT */
struct entry {
    double from;
    double to;
    double weight;
    double height;
    char kind;
    char shape;
    char colour;
    char style;
    char edge;
};
