# shellcheck shell=bash
# What a script says of a command line that it does not understand: in a line what is wrong, and what would be right.

# misuse TEXT: ends the script with 2.
misuse() {
  local script=scripts/${0##*/}
  printf '%s: %s\nsee: %s --help\n' "$script" "$1" "$script" >&2
  exit 2
}

# refuse_word WORD KNOWN...: names a word that is none of these, and which of them it is like.
refuse_word() {
  local word=$1 name near known
  shift
  # Only its name is told: what stands behind it may be a secret.
  name=${word%%=*}
  near=$(nearest_word "$name" "$@")
  known=$(printf ', %s' "$@")
  if [[ $word != -* ]]; then misuse "$word was not expected; it takes ${known:2}"; fi
  misuse "there is no option $name${near:+ (did you mean $near?)}; there are ${known:2}"
}

# nearest_word WORD KNOWN...: which of them it is like, whatever its letters' case, as the hub's programs find it; or
# nothing. Counted are letters to insert, remove, replace or swap with their neighbour: two at most, and in a short word
# fewer.
nearest_word() {
  local word=$1
  shift
  printf '%s\n' "$@" | WORD=$word awk '
    function least(a, b) { return a < b ? a : b }
    function letters(text, into, at) { for (at = 1; at <= length(text); at++) into[at] = substr(text, at, 1) }
    function distance(left, right, a, b, row, i, j) {
      letters(left, a)
      letters(right, b)
      for (j = 0; j <= length(right); j++) row[0, j] = j
      for (i = 1; i <= length(left); i++) {
        row[i, 0] = i
        for (j = 1; j <= length(right); j++) {
          row[i, j] = least(least(row[i - 1, j] + 1, row[i, j - 1] + 1), row[i - 1, j - 1] + (a[i] != b[j]))
          if (i > 1 && j > 1 && a[i] == b[j - 1] && a[i - 1] == b[j]) row[i, j] = least(row[i, j], row[i - 2, j - 2] + 1)
        }
      }
      return row[length(left), length(right)]
    }
    BEGIN { typed = tolower(substr(ENVIRON["WORD"], 1, 64)); best = 3 }
    {
      mistakes = distance(typed, tolower($0))
      if (mistakes <= least(2, int((length($0) + 2) / 3)) && mistakes < best) { best = mistakes; found = $0 }
    }
    END { print found }'
}
