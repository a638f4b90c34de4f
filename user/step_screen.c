// SPDX-License-Identifier: GPL-2.0
/*
 * step_screen.c - the stepper on a whole terminal
 *
 * Called by cmd_step.c. Nothing is known here that stepper.c has not: it is drawn
 * anew after each key and each notice. 80 columns and 24 lines are enough.
 *
 *	which packet, where
 *	the path      | functions that led here | fields, what changed first
 *	the buffer to scale
 *	octets        | the headers field by field
 *	what was said
 *	keys
 */
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "names.h"
#include "render_stop.h"
#include "step.h"

#define PATH_WIDTH	22
#define STACK_WIDTH	27
#define OCTETS_WIDTH	33
#define ROW		8	/* octets in a line */
#define TOP_HEIGHT	13	/* the path's */
#define IDLE_MS		1000

struct screen {
	struct stepper	*s;
	size_t		scrolled;	/* lines */
	bool		help;
	bool		all;		/* octets, no fields */
	bool		over;
	bool		quit;
	char		said[512];
};

static const char *const help_text[] = {
	"s  step: go on to the next station     c  continue: to the rule's next one",
	"d  drop it                             D  duplicate it",
	"e  edit: PLACE OFFSET HEX [wrong]      :  any order, as in --plain",
	"n  the next packet that is held        f  follow: what came of this one",
	"b  back to the stop before, or <-      >  forward again, or ->",
	"x  octets and headers, all of them     up, down  more lines",
	"q  quit: all that is held goes on      h  this help",
	"",
	"PLACE is data, header or payload; with wrong the checksum stays as it was.",
	"* has changed since the packet's stop before.",
	NULL,
};

static void news(struct stepper *s, struct stop *stop, void *arg)
{
	struct screen *v = arg;
	char name[NAME_LEN], why[NAME_LEN];

	(void)s;
	if (!stop->over) {
		v->scrolled = 0;
		return;
	}
	if (stop->why != SKBSCOPE_WHY_VERDICT)
		snprintf(v->said, sizeof(v->said), "skb %llu is held no more at %s: %s",
			 (unsigned long long)stop_skb(stop),
			 name_station(stop_station(stop), name),
			 stop->why ? name_why(stop->why, why) : "not known why");
}

/* as much of the lines as there is room for; what is marked is bold */
static void draw_lines(int y, int x, int height, int width,
		       const struct lines *l, size_t first)
{
	int i;

	for (i = 0; i < height && first + i < l->nr; i++) {
		const char *line = l->line[first + i];

		if (*line == '*' || *line == '>')
			attron(A_BOLD);
		mvaddnstr(y + i, x, line, width);
		attroff(A_BOLD);
	}
}

static bool was_at(const struct stop *stop, uint64_t station)
{
	for (; stop; stop = stop->before)
		if (stop_station(stop) == station)
			return true;
	return false;
}

static unsigned int held_at(const struct stepper *s, uint64_t station)
{
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < s->nr_stops; i++)
		if (!s->stop[i]->over && stop_station(s->stop[i]) == station)
			nr++;
	return nr;
}

/* > the packet is, or was, there; o it was before; and how many are */
static void draw_path(const struct screen *v, int y, int height)
{
	const struct stop *shown = v->s->shown;
	struct lines l = { 0 };
	char name[NAME_LEN], held[16];
	uint64_t i;

	for (i = 1; i <= SCOPE_STATION_MAX; i++) {
		bool here = shown && stop_station(shown) == i;
		unsigned int nr = held_at(v->s, i);

		snprintf(held, sizeof(held), nr ? "%u" : "", nr);
		lines_add(&l, "%c%2d %-16s %s",
			  here ? '>' : was_at(shown, i) ? 'o' : ' ', (int)i,
			  name_station(i, name), held);
	}
	draw_lines(y, 0, height, PATH_WIDTH, &l, 0);
	lines_clear(&l);
}

/* without the module, which takes the place of the name */
static void add_function(struct lines *l, const char *before, const char *name)
{
	lines_add(l, "%s%.*s", before, (int)strcspn(name, " "), name);
}

static void draw_stack(const struct screen *v, int y, int height)
{
	const struct held *held = &v->s->shown->held;
	struct lines l = { 0 };
	unsigned int i;

	add_function(&l, "> ", held->next);
	for (i = 0; i < held->nr_stack; i++)
		add_function(&l, "  ", held->stack[i]);
	draw_lines(y, PATH_WIDTH + 2, height, STACK_WIDTH - 2, &l, 0);
	lines_clear(&l);
}

static void add_fields(struct lines *l, const struct stop_field *field,
		       size_t nr, bool changed)
{
	for (; nr--; field++) {
		const char *name = strcmp(field->of, "sock") ? field->name :
							       field->of;

		if (!strcmp(field->of, "link") || !strcmp(field->of, "header") ||
		    field->changed != changed || !(*field->now || *field->then))
			continue;
		if (changed)
			lines_add(l, "*%-10s %s -> %s", name,
				  *field->then ? field->then : "-",
				  *field->now ? field->now : "-");
		else
			lines_add(l, " %-10s %s", name, field->now);
	}
}

static void draw_fields(struct screen *v, int y, int height, int width)
{
	struct stop_field field[STOP_FIELDS];
	size_t nr = stop_fields(v->s->shown, field);
	struct lines l = { 0 };

	add_fields(&l, field, nr, true);
	add_fields(&l, field, nr, false);
	if (v->scrolled + height > l.nr)
		v->scrolled = l.nr > (size_t)height ? l.nr - height : 0;
	draw_lines(y, PATH_WIDTH + STACK_WIDTH + 2, height,
		   width - PATH_WIDTH - STACK_WIDTH - 2, &l, v->scrolled);
	lines_clear(&l);
}

static int draw_buffer(const struct screen *v, int y, int width)
{
	struct lines l = { 0 };
	int nr;

	lines_of_buffer(&l, v->s->shown, width, &palette_plain);
	nr = l.nr;
	draw_lines(y, 0, nr, width, &l, 0);
	lines_clear(&l);
	return nr;
}

/* an octet that changed is bold */
static void draw_octets(const struct screen *v, int y, int height)
{
	const struct stop *stop = v->s->shown;
	size_t i;

	for (i = 0; i < stop->held.len && i < (size_t)height * ROW; i++) {
		if (i % ROW == 0)
			mvprintw(y + i / ROW, 0, "%5d ", stop->held.from + (int)i);
		if (stop_octet_changed(stop, i))
			attron(A_BOLD);
		printw(" %02x", stop->held.bytes[i]);
		attroff(A_BOLD);
	}
}

static void add_header(char *text, size_t size, const char *of,
		       const struct stop_field *f, size_t nr)
{
	size_t len;

	for (; nr--; f++) {
		len = strlen(text);
		if (!strcmp(f->of, of))
			snprintf(text + len, size - len, "%s%s%s %s",
				 len ? "  " : "", f->changed ? "*" : "",
				 f->name, f->now);
	}
}

/* the family's own first: there may be no room for both */
static void draw_header(const struct screen *v, int y, int height, int width)
{
	struct stop_field field[STOP_FIELDS];
	size_t nr = stop_fields(v->s->shown, field), i;
	struct lines l = { 0 };
	char text[2048] = "";

	add_header(text, sizeof(text), "header", field, nr);
	add_header(text, sizeof(text), "link", field, nr);
	lines_wrap(&l, width - OCTETS_WIDTH, "", *text ? text : "no header yet");
	for (i = 0; i < l.nr && (int)i < height; i++)
		mvaddnstr(y + i, OCTETS_WIDTH, l.line[i], width - OCTETS_WIDTH);
	lines_clear(&l);
}

/* all that there is of them, on the whole screen */
static void draw_all(struct screen *v, int height, int width)
{
	struct lines l = { 0 };

	lines_of_header(&l, v->s->shown);
	lines_of_bytes(&l, v->s->shown);
	if (v->scrolled + height > l.nr)
		v->scrolled = l.nr > (size_t)height ? l.nr - height : 0;
	draw_lines(1, 0, height, width, &l, v->scrolled);
	lines_clear(&l);
}

static void draw_help(int y, int height)
{
	int i;

	for (i = 0; help_text[i] && i < height; i++)
		mvaddstr(y + i, 1, help_text[i]);
}

static void draw_head(const struct screen *v, int width)
{
	struct lines l = { 0 };

	if (v->s->shown)
		lines_of_head(&l, v->s->shown);
	else
		lines_add(&l, "skbscope step: no packet is held yet");
	attron(A_REVERSE);
	mvhline(0, 0, ' ', width);
	mvaddnstr(0, 0, l.line[0], width);
	attroff(A_REVERSE);
	lines_clear(&l);
}

static void draw_stop(struct screen *v, int height, int width)
{
	int top = height - 3 < TOP_HEIGHT ? height - 3 : TOP_HEIGHT, y;

	draw_path(v, 1, top);
	mvvline(1, PATH_WIDTH, '|', top);
	mvvline(1, PATH_WIDTH + STACK_WIDTH, '|', top);
	if (!v->s->shown)
		return;
	draw_stack(v, 1, top);
	draw_fields(v, 1, top, width);
	mvhline(1 + top, 0, '-', width);
	y = 2 + top;
	y += draw_buffer(v, y, width);
	draw_octets(v, y, height - 2 - y);
	draw_header(v, y, height - 2 - y, width);
}

static void draw(struct screen *v)
{
	int height, width;

	getmaxyx(stdscr, height, width);
	erase();
	draw_head(v, width);
	if (v->help)
		draw_help(2, height - 4);
	else if (v->all && v->s->shown)
		draw_all(v, height - 3, width);
	else
		draw_stop(v, height, width);
	mvhline(height - 2, 0, ' ', width);
	attron(A_BOLD);
	mvaddnstr(height - 2, 0, v->said, width);
	attroff(A_BOLD);
	mvaddnstr(height - 1, 0,
		  "s step  c continue  d drop  D double  e edit  n next  b back  x octets  h help  q quit",
		  width - 1);
	refresh();
}

static void say(struct screen *v, const char *text)
{
	snprintf(v->said, sizeof(v->said), "%s", text);
}

static void give(struct screen *v, const struct order *order)
{
	v->said[0] = '\0';
	if (stepper_order(v->s, order))
		say(v, v->s->said);
}

static void give_simple(struct screen *v, uint32_t verdict)
{
	const struct order order = { .verdict = verdict };

	give(v, &order);
}

static void give_text(struct screen *v, char *text)
{
	char why[ORDER_WHY_LEN], *word[8], *one;
	struct order order;
	size_t nr = 0;
	int ret;

	while (nr < 8 && (one = strsep(&text, " \t")))
		if (*one)
			word[nr++] = one;
	if (!nr)
		return;
	ret = order_parse(&order, word, nr, why);
	if (!ret)
		give(v, &order);
	else
		say(v, ret < 0 ? why : "there is no such order");
}

/* asks in the line above the keys; an empty answer is none */
static void prompt(struct screen *v, const char *before)
{
	char text[ORDER_BYTES * 2 + 64], line[sizeof(text) + 16];
	int height = getmaxy(stdscr), ret;

	move(height - 2, 0);
	clrtoeol();
	mvaddstr(height - 2, 0, *before ? before : ": ");
	echo();
	curs_set(1);
	nodelay(stdscr, FALSE);
	ret = getnstr(text, sizeof(text) - 1);
	nodelay(stdscr, TRUE);
	curs_set(0);
	noecho();
	if (ret == ERR || !*text)
		return;
	snprintf(line, sizeof(line), "%s%s", before, text);
	give_text(v, line);
}

/* to one that is held and came of this one */
static bool follow(struct stepper *s)
{
	size_t i = s->nr_stops;

	while (s->shown && i--)
		if (num_get(&s->stop[i]->held.skb, SKBSCOPE_A_SKB_PARENT) ==
		    stop_skb(s->shown) &&
		    stepper_switch(s, stop_id(s->stop[i])))
			return true;
	return false;
}

static void turned(struct screen *v, bool done, const char *why)
{
	say(v, done ? "" : why);
	v->scrolled = 0;
}

static void press(struct screen *v, int key)
{
	struct stepper *s = v->s;

	if (v->help && key != 'q') {
		v->help = false;
		return;
	}
	switch (key) {
	case 's':
		give_simple(v, SKBSCOPE_VERDICT_STEP);
		break;
	case 'c':
		give_simple(v, SKBSCOPE_VERDICT_CONTINUE);
		break;
	case 'd':
		give_simple(v, SKBSCOPE_VERDICT_DROP);
		break;
	case 'D':
		give_simple(v, SKBSCOPE_VERDICT_DUPLICATE);
		break;
	case 'e':
		prompt(v, "edit ");
		break;
	case ':':
		prompt(v, "");
		break;
	case 'n':
		turned(v, stepper_next(s), "no other packet is held");
		break;
	case 'f':
		turned(v, follow(s), "nothing that came of it is held");
		break;
	case 'b':
	case '<':
	case KEY_LEFT:
		turned(v, stepper_back(s), "there was no stop before");
		break;
	case '>':
	case KEY_RIGHT:
		turned(v, stepper_forward(s), "there is no stop behind it");
		break;
	case KEY_DOWN:
		v->scrolled++;
		break;
	case KEY_UP:
		v->scrolled -= v->scrolled > 0;
		break;
	case 'x':
		v->all = !v->all;
		v->scrolled = 0;
		break;
	case 'h':
	case '?':
		v->help = true;
		break;
	case 'q':
		v->quit = true;
		break;
	case KEY_RESIZE:
		clear();
		break;
	}
}

/* keys wait while the packet is on its way: they are for it */
static bool is_coming(const struct stepper *s)
{
	return s->follow && !s->current;
}

static int loop(struct screen *v, int input)
{
	int ret = 0, key = ERR;

	while (!v->quit && !v->s->signalled) {
		const bool coming = is_coming(v->s);

		draw(v);
		/* more keys may be there than those that the descriptor has */
		ret = stepper_wait(v->s, coming ? -1 : input,
				   key == ERR ? IDLE_MS : 0);
		if (ret < 0)
			break;
		if ((ret & STEPPER_OVER) && !v->over && !v->s->signalled) {
			v->over = true;
			say(v, "CMD has ended, and nothing is held any more: q ends this");
		}
		key = is_coming(v->s) ? ERR : getch();
		if (key != ERR)
			press(v, key);
	}
	return ret < 0 ? EXIT_SYSTEM : EXIT_OK;
}

static void restore(void)
{
	if (!isendwin())
		endwin();
}

int step_screen(struct stepper *s, int input)
{
	struct screen v = { .s = s };
	int status = EXIT_SYSTEM;
	SCREEN *screen;
	FILE *in;

	s->news = news;
	s->arg = &v;
	if (stepper_start(s))
		return EXIT_SYSTEM;
	setlocale(LC_CTYPE, "");
	in = fdopen(input, "r");
	screen = in ? newterm(NULL, stdout, in) : NULL;
	if (!screen) {
		complain("this terminal can't be drawn on, with TERM=%s: use --plain",
			 getenv("TERM") ?: "");
		return EXIT_SYSTEM;
	}
	/* where memory is short the tool ends at once */
	atexit(restore);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	status = loop(&v, input);
	restore();
	delscreen(screen);
	fclose(in);
	if (status)
		complain("%s", s->said);
	return status;
}
