#pragma once
#include <stdbool.h>
#include <stdint.h>

/* What the hub asks ICU. Its own headers are not shown to Swift: Foundation brings an ICU of its own, whose types are
   called the same and have other members, and a module that sees both is refused. */

/* NFKC_Casefold of one character, decomposed (Unicode Standard, 3.13, R5): one letter of either case, without what is
   not seen. How many UTF-16 units it is, 0 for one that is left out, -1 for one that stays as it is. */
int32_t hub_fold(uint32_t scalar, uint16_t *out, int32_t capacity);

/* NFC of a text; its length in UTF-16 units, -1 if it does not fit. */
int32_t hub_compose(const uint16_t *text, int32_t length, uint16_t *out, int32_t capacity);

/* Its canonical combining class; 0 for all but marks. */
uint8_t hub_combining_class(uint32_t scalar);

/* The value of a decimal digit of any script, -1 for anything else. */
int32_t hub_digit(uint32_t scalar);

/* White space of any kind. */
bool hub_is_white(uint32_t scalar);

/* A letter, a digit, or a mark that belongs to one. */
bool hub_is_word(uint32_t scalar);

/* Of a script that is written without blanks between its words, of which a character mostly is one. */
bool hub_is_ideographic(uint32_t scalar);

/* What RFC 8264's FreeformClass leaves out whatever stands beside it: controls, what is not assigned, what is not seen,
   and the parts of Hangul syllables. The joiners are left out too: only what stands before them can allow them. */
bool hub_is_outside_freeform(uint32_t scalar);

/* A blank of any width (Zs). */
bool hub_is_blank(uint32_t scalar);
