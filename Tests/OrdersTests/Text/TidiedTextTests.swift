import Orders
import Testing

@Suite struct TidiedTextTests {
  @Test(
    arguments: [
      ("Asha Rao", "Asha Rao"), ("", ""), ("  Asha \t", "Asha"), ("\u{a0}Asha\u{3000}", "Asha"),
      ("\n two\nlines \n", "two\nlines"),
      ("\u{feff}Asha\u{200b}", "Asha"), ("\u{200e}Asha\u{200f}", "Asha"), ("\u{2060}\u{ad}Asha", "Asha"),
      // What comes along with a number from a list of contacts.
      ("\u{202a}+49 170 5551234\u{202c}", "+49 170 5551234"), ("a\u{202e}evil\u{202c}b", "aevilb"),
      ("\u{2066}a\u{2069} b\u{2067}", "a b"), (" \u{202e} ", ""), ("\u{3164}", ""), ("\u{2800}\u{2800}", ""),
      // What belongs to the letters stays.
      ("❤\u{fe0f}", "❤\u{fe0f}"), ("👩\u{200d}🚀", "👩\u{200d}🚀"), ("می\u{200c}خواهم", "می\u{200c}خواهم"),
      ("שלום\u{200f} (ab)", "שלום\u{200f} (ab)"), ("a\u{200b}b", "a\u{200b}b"), ("cafe\u{301}", "cafe\u{301}"),
      ("“quoted”", "“quoted”"), ("a — b", "a — b"),
    ] as [(Text, Text)])
  func aTextIsKeptWithoutWhatNobodySees(text: Text, kept: Text) {
    #expect(text.tidied == kept)
    #expect(text.tidied.isTidy)
    #expect(text.isTidy == (text == kept))
  }

  @Test(arguments: [
    "", " ", "\u{a0}\u{3000}", "\u{200b}", "\u{200d}\u{200c}", "\u{fe0f}", "\u{3164}", "\u{2800}", "\u{e0041}", "\u{7}",
  ])
  func whatIsNotSeenShowsNothing(text: String) {
    #expect(Text(text).showsNothing)
    #expect(!Text("a" + text).showsNothing)
  }

  @Test(arguments: [".", "王", "🛒", "\u{301}", "é", "\u{ac00}"])
  func whatIsSeenShows(text: String) { #expect(!Text(text).showsNothing) }
}
