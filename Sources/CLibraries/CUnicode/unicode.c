#include "CUnicode.h"
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

int32_t hub_fold(uint32_t scalar, uint16_t *out, int32_t capacity) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&error);
  if (U_FAILURE(error)) return -1;
  int32_t length = unorm2_getDecomposition(form, (UChar32)scalar, (UChar *)out, capacity, &error);
  return U_FAILURE(error) ? -1 : length;
}

int32_t hub_compose(const uint16_t *text, int32_t length, uint16_t *out, int32_t capacity) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2 *form = unorm2_getNFCInstance(&error);
  if (U_FAILURE(error)) return -1;
  int32_t written = unorm2_normalize(form, (const UChar *)text, length, (UChar *)out, capacity, &error);
  return U_FAILURE(error) ? -1 : written;
}

uint8_t hub_combining_class(uint32_t scalar) { return u_getCombiningClass((UChar32)scalar); }

int32_t hub_digit(uint32_t scalar) { return u_charDigitValue((UChar32)scalar); }

bool hub_is_white(uint32_t scalar) { return u_isUWhiteSpace((UChar32)scalar) != 0; }

bool hub_is_word(uint32_t scalar) {
  return u_isalnum((UChar32)scalar) || (U_MASK(u_charType((UChar32)scalar)) & U_GC_M_MASK) != 0;
}

bool hub_is_ideographic(uint32_t scalar) {
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

bool hub_is_outside_freeform(uint32_t scalar) {
  if ((U_MASK(u_charType((UChar32)scalar)) & (U_GC_CC_MASK | U_GC_CN_MASK | U_GC_CS_MASK)) != 0) return true;
  if (u_hasBinaryProperty((UChar32)scalar, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
  int32_t syllable = u_getIntPropertyValue((UChar32)scalar, UCHAR_HANGUL_SYLLABLE_TYPE);
  return syllable == U_HST_LEADING_JAMO || syllable == U_HST_VOWEL_JAMO || syllable == U_HST_TRAILING_JAMO;
}

bool hub_is_blank(uint32_t scalar) { return u_charType((UChar32)scalar) == U_SPACE_SEPARATOR; }
