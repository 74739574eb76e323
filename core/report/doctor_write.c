/* SPDX-License-Identifier: MIT */
/* `cachecheck machine --check`: the doctor's report in its formats. */
#include <string.h>

#include "core/base/table.h"
#include "core/base/text.h"
#include "core/machine/json.h"
#include "core/report/document.h"
#include "core/report/machine_text.h"
#include "core/report/markdown_text.h"

static const struct {
    const char *word;
    const char *color; /* ECMA-48 SGR */
} states[] = {
    [CCK_CHECK_YES] = {"yes", "32"},
    [CCK_CHECK_PARTLY] = {"partly", "33"},
    [CCK_CHECK_NO] = {"no", "31"},
    [CCK_CHECK_UNKNOWN] = {"unknown", "2"},
};

/* Columns: name, state, reason. */
enum { NAME_LEAST = 12, NAME_MOST = 28, STATE_WIDTH = 9 };

static const char *name_of(const cck_check *check)
{
    return *check->part ? check->part : check->backend;
}

static bool is_choice(const cck_check *check)
{
    return strcmp(check->backend, "auto") == 0;
}

static unsigned name_width(const cck_doctor *doctor, bool utf8)
{
    unsigned width = NAME_LEAST;
    const cck_check *check;
    for (size_t i = 0; (check = cck_doctor_get(doctor, i)); i++) {
        unsigned needed = cck_text_width(name_of(check), utf8) + 4;
        width = needed > width ? needed : width;
    }
    return width < NAME_MOST ? width : NAME_MOST;
}

static void put_state(FILE *out, cck_check_state state, bool color)
{
    const char *word = states[state].word;
    if (color)
        fprintf(out, "\033[%sm%s\033[0m", states[state].color, word);
    else
        fputs(word, out);
}

/* A remedy is told once for a backend: its parts mostly fail for one reason. */
static bool is_new_remedy(const cck_doctor *doctor, size_t index)
{
    const cck_check *check = cck_doctor_get(doctor, index), *earlier;
    if (!*check->enable)
        return false;
    for (size_t i = 0; i < index; i++) {
        earlier = cck_doctor_get(doctor, i);
        if (!is_choice(earlier) && !strcmp(earlier->backend, check->backend) &&
            !strcmp(earlier->enable, check->enable))
            return false;
    }
    return true;
}

static void put_check(FILE *out, const cck_doctor *doctor, size_t index, unsigned width,
                      const cck_report_options *options)
{
    const cck_check *check = cck_doctor_get(doctor, index);
    unsigned indent = *check->part ? 2 : 0, column = width + STATE_WIDTH;
    fprintf(out, "%*s", (int)indent, "");
    unsigned used = cck_text_write(out, name_of(check), width - indent - 1, options->utf8);
    fprintf(out, "%*s", (int)(width - indent - used), "");
    put_state(out, check->state, options->color);
    if (*check->reason)
        fprintf(out, "%*s", STATE_WIDTH - (int)strlen(states[check->state].word), "");
    cck_text_wrap(out, check->reason, column, column, options->width, options->utf8);
    if (!is_new_remedy(doctor, index))
        return;
    fprintf(out, "%*s%s", (int)column, "", options->utf8 ? "\xe2\x86\x92 " : "> ");
    cck_text_wrap(out, check->enable, column + 2, column + 2, options->width, options->utf8);
}

/* First the answer: what a run here would be made with. Returns whether there is one. */
static bool put_choice(const cck_doctor *doctor, FILE *out, const cck_report_options *options)
{
    bool works = false;
    char text[2048];
    const cck_check *check;
    for (size_t i = 0; (check = cck_doctor_get(doctor, i)); i++) {
        if (!is_choice(check))
            continue;
        works = check->state == CCK_CHECK_YES;
        snprintf(text, sizeof text, "cachecheck %s: %s", check->part, check->reason);
        cck_text_wrap(out, text, 0, 2, options->width, options->utf8);
    }
    return works;
}

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_doctor *doctor = subject;
    const cck_machine_info *machine = cck_doctor_get_machine(doctor);
    const cck_check *check;
    const char *backend = "";
    unsigned width = name_width(doctor, options->utf8);
    if (machine) {
        cck_text_machine(out, machine, options);
        fputc('\n', out);
    }
    bool works = put_choice(doctor, out, options);
    for (size_t i = 0; (check = cck_doctor_get(doctor, i)); i++) {
        if (is_choice(check))
            continue;
        bool begins = strcmp(backend, check->backend) != 0;
        if (begins)
            fputc('\n', out);
        if (begins && *check->part)
            fprintf(out, "%s\n", check->backend);
        backend = check->backend;
        put_check(out, doctor, i, width, options);
    }
    fprintf(out, "\nnext: cachecheck %s\n", works ? "stat -- ./app" : "help");
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_doctor *doctor = subject;
    cck_json json;
    const cck_check *check;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_document(&json, "machine");
    if (cck_doctor_get_machine(doctor))
        cck_json_machine(&json, cck_doctor_get_machine(doctor));
    cck_json_key(&json, "checks");
    cck_json_array(&json);
    for (size_t i = 0; (check = cck_doctor_get(doctor, i)); i++) {
        cck_json_object(&json);
        cck_json_put_string(&json, "backend", check->backend);
        cck_json_put_string(&json, "part", check->part);
        cck_json_put_string(&json, "state", states[check->state].word);
        cck_json_put_string(&json, "reason", check->reason);
        cck_json_put_string(&json, "enable", check->enable);
        cck_json_object_end(&json);
    }
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

static void write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_check *check;
    (void)options;
    fputs("backend,part,state,reason,enable\r\n", out);
    for (size_t i = 0; (check = cck_doctor_get(subject, i)); i++) {
        const char *const texts[] = {check->backend, check->part, states[check->state].word,
                                     check->reason, check->enable};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            cck_cell cell = cck_cell_text(texts[k]);
            cck_csv_cell(out, &cell, k == 0);
        }
        cck_csv_end(out);
    }
}

static void write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    static const char *const titles[] = {"backend", "part", "works", "why", "what would enable it"};
    const cck_table_style style = {.markdown = cck_markdown_text};
    const cck_check *check;
    cck_table table = {0};
    (void)options;
    fputs("### cachecheck machine --check\n\n", out);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        cck_table_column(&table, (cck_column){.title = titles[i], .left = true});
    for (size_t i = 0; (check = cck_doctor_get(subject, i)); i++) {
        cck_table_cell(&table, cck_cell_text(check->backend));
        cck_table_cell(&table, cck_cell_text(check->part));
        cck_table_cell(&table, cck_cell_text(states[check->state].word));
        cck_table_cell(&table, cck_cell_text(check->reason));
        cck_table_cell(&table, cck_cell_text(check->enable));
    }
    cck_table_print(&table, &style, out);
    cck_table_clear(&table);
}

static cck_document document_of(const cck_doctor *doctor)
{
    return (cck_document){.name = "the checks",
                          .subject = doctor,
                          .text = write_text,
                          .json = write_json,
                          .csv = write_csv,
                          .markdown = write_markdown};
}

int cck_doctor_write(const cck_doctor *doctor, cck_format format, FILE *out,
                     const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(doctor);
    return cck_document_write(&document, format, out, options, err);
}

int cck_doctor_save(const cck_doctor *doctor, cck_format format, const char *path,
                    const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(doctor);
    return cck_document_save(&document, format, path, options, err);
}
