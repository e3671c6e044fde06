#pragma once
#include <stdbool.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

/* ICU gives its functions names with its version in them by macros, which Swift does not see: each stands here. */

/* NFKC_Casefold of one character, decomposed (Unicode Standard, 3.13, R5): one letter of either case, without what is
   not seen. How many UTF-16 units it is, 0 for one that is left out, -1 for one that stays as it is. */
static inline int32_t hub_fold(uint32_t scalar, uint16_t *out, int32_t capacity) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&error);
  if (U_FAILURE(error)) return -1;
  int32_t length = unorm2_getDecomposition(form, (UChar32)scalar, (UChar *)out, capacity, &error);
  return U_FAILURE(error) ? -1 : length;
}

/* NFC of a text; its length in UTF-16 units, -1 if it does not fit. */
static inline int32_t hub_compose(const uint16_t *text, int32_t length, uint16_t *out, int32_t capacity) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFCInstance(&error);
  if (U_FAILURE(error)) return -1;
  int32_t written = unorm2_normalize(form, (const UChar *)text, length, (UChar *)out, capacity, &error);
  return U_FAILURE(error) ? -1 : written;
}

static inline uint8_t hub_combining_class(uint32_t scalar) { return u_getCombiningClass((UChar32)scalar); }

/* The value of a decimal digit of any script, -1 for anything else. */
static inline int32_t hub_digit(uint32_t scalar) { return u_charDigitValue((UChar32)scalar); }

static inline bool hub_is_white(uint32_t scalar) { return u_isUWhiteSpace((UChar32)scalar) != 0; }

/* A letter, a digit, or a mark that belongs to one. */
static inline bool hub_is_word(uint32_t scalar) {
  return u_isalnum((UChar32)scalar) || (U_MASK(u_charType((UChar32)scalar)) & U_GC_M_MASK) != 0;
}

/* Of a script that is written without blanks between its words, of which a character mostly is one. */
static inline bool hub_is_ideographic(uint32_t scalar) {
  UErrorCode error = U_ZERO_ERROR;
  if (scalar < 0x1100) return false;
  switch (uscript_getScript((UChar32)scalar, &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_YI: return true;
    /* The marks of voice and length that Hiragana and Katakana share. */
    default: return scalar == 0x30FC || scalar == 0x3099 || scalar == 0x309A;
  }
}

/* What RFC 8264's FreeformClass leaves out whatever stands beside it: controls, what is not assigned, what is not seen,
   and the parts of Hangul syllables. The joiners are left out too: only what stands before them can allow them. */
static inline bool hub_is_outside_freeform(uint32_t scalar) {
  if ((U_MASK(u_charType((UChar32)scalar)) & (U_GC_CC_MASK | U_GC_CN_MASK | U_GC_CS_MASK)) != 0) return true;
  if (u_hasBinaryProperty((UChar32)scalar, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
  int32_t syllable = u_getIntPropertyValue((UChar32)scalar, UCHAR_HANGUL_SYLLABLE_TYPE);
  return syllable == U_HST_LEADING_JAMO || syllable == U_HST_VOWEL_JAMO || syllable == U_HST_TRAILING_JAMO;
}

/* A blank of any width (Zs). */
static inline bool hub_is_blank(uint32_t scalar) { return u_charType((UChar32)scalar) == U_SPACE_SEPARATOR; }
