/* SPDX-License-Identifier: MIT */
/* What was measured, on a page. */
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/html_page.h"
#include "core/report/measure.h"
#include "core/report/picture.h"

enum { ALL = 1 << 16 };

static void put_list(FILE *out, const char *const *sentences, size_t count)
{
    if (!count)
        return;
    fputs("<ul>", out);
    for (size_t i = 0; i < count; i++) {
        fputs("<li>", out);
        cck_text_write_markup(out, sentences[i], ALL);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void put_caches(FILE *out, const cck_measurement_info *info)
{
    static const char *const titles[] = {"level", "#fits", "#no longer", "#topology", "#ns a load"};
    cck_html_wide(out, "sizes of caches");
    fputs("<table><caption>Sizes of caches, as the latency by size shows them</caption>", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < info->cache_count; i++) {
        const cck_measured_cache *cache = &info->caches[i];
        const uint64_t sizes[] = {cache->at_least, cache->below, cache->modelled};
        char text[96];
        fprintf(out, "<tr><th scope=\"row\">%u%s</th>", cache->level, cache->below ? "" : " (memory)");
        for (size_t k = 0; k < 3; k++) {
            cck_number_bytes(text, (double)sizes[k]);
            fprintf(out, "<td class=\"num\">%s</td>", sizes[k] ? text : "\xe2\x80\x93");
        }
        cck_figure_print(text, sizeof text, &cache->latency, true);
        fprintf(out, "<td class=\"num\">%s</td></tr>\n", text);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
}

void cck_html_measurement(FILE *out, const cck_measurement_info *info)
{
    fprintf(out, "<div class=\"note %s\"><p>%s</p>\n", info->noise.noisy ? "noisy" : "quiet",
            info->noise.noisy
                ? "The machine was noisy: take the numbers for a first impression."
                : "The machine was quiet.");
    put_list(out, info->remarks, info->remark_count);
    fputs("</div>\n", out);
    put_list(out, info->conclusions, info->conclusion_count);
    fputs("<p class=\"dim\">Medians; \xc2\xb1 half the distance of the quartiles, or what rounds "
          "differ by. ~: beyond 10 %, or of one round. The stronger the colour, the more.</p>\n",
          out);
    for (size_t i = 0; i < info->grid_count; i++) {
        const cck_grid *grid = &info->grids[i];
        bool curve = strcmp(grid->name, "curve") == 0;
        if (curve) {
            cck_html_curve(out, grid, info);
            put_caches(out, info);
            fputs("<details><summary>All sizes</summary>\n", out);
        }
        cck_html_grid(out, grid);
        if (curve)
            fputs("</details>\n", out);
    }
}
