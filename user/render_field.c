// SPDX-License-Identifier: GPL-2.0
/*
 * render_field.c - the value of one field of a kernel struct
 *
 * Called by render_chain.c, render_diff.c and render_skb.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render.h"

#define BYTES_SHOWN	64	/* digits */

static void pointer_text(const struct field *field, char *to)
{
	if (field->text)
		snprintf(to, FIELD_TEXT_LEN, "0x%" PRIx64 " -> %s", field->value,
			 field->text);
	else
		snprintf(to, FIELD_TEXT_LEN, "%s%" PRIx64, field->value ? "0x" : "",
			 field->value);
}

static void number_text(const struct field *field, char *to)
{
	if (field->is_signed)
		snprintf(to, FIELD_TEXT_LEN, "%" PRId64, (int64_t)field->value);
	else
		snprintf(to, FIELD_TEXT_LEN, "%" PRIu64, field->value);
	if (field->text)
		snprintf(to + strlen(to), FIELD_TEXT_LEN - strlen(to), " %s",
			 field->text);
}

const char *text_field(const struct field *field, char to[FIELD_TEXT_LEN])
{
	to[0] = '\0';
	switch (field->kind) {
	case FIELD_WHOLE:
		break;
	case FIELD_NUMBER:
		number_text(field, to);
		break;
	case FIELD_POINTER:
		pointer_text(field, to);
		break;
	case FIELD_TEXT:
		snprintf(to, FIELD_TEXT_LEN, "\"%s\"", field->text);
		break;
	case FIELD_BYTES:
		snprintf(to, FIELD_TEXT_LEN, "%.*s%s", BYTES_SHOWN, field->text,
			 strlen(field->text) > BYTES_SHOWN ? "..." : "");
		break;
	case FIELD_MISSING:
		snprintf(to, FIELD_TEXT_LEN, "not in the image");
		break;
	}
	return to;
}
