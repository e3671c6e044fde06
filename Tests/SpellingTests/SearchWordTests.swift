import Orders
import Spelling
import Testing

/// What is written, and what finds it.
@Suite struct SearchWordTests {
  private static func finds(_ question: Text, name: Text = "Nobody", phone: Text? = nil, number: String = "ORD-1999-7")
    -> Bool
  {
    let words = SearchWords.of(number: number, name: name, phone: phone)
    let asked = SearchWords.ofQuestion(question)
    return !asked.isEmpty && asked.allSatisfy { asked in words.contains { $0.hasPrefix(asked) } }
  }

  @Test(
    arguments: [
      // Case and accents, of more than Europe.
      ("Díaz", ["diaz", "DÍAZ", "díaz", "Di\u{301}az", "dia"]),
      ("Müller", ["muller", "mueller", "MÜLLER", "Mu\u{308}ller"]),
      ("Mueller", ["müller", "muller", "mueller"]), ("Muller", ["müller", "muller"]),
      ("Straße", ["strasse", "STRASSE", "straße", "Straẞe"]), ("Strasse", ["straße"]),
      ("Åse Ødegård", ["ase", "aase", "odegard", "oedegaard", "ødegård", "ASE ODEGARD"]), ("Aase", ["åse"]),
      ("Łukasz Żółć", ["lukasz zolc", "łukasz"]), ("Çağrı Işık", ["cagri isik", "ÇAĞRI IŞIK"]),
      ("İnci", ["inci", "INCI"]),
      ("Æthelred Þór", ["aethelred thor"]), ("Nguyễn Đình", ["nguyen dinh"]), ("Σωκράτης", ["σωκρατησ", "ΣΩΚΡΆΤΗΣ"]),
      ("Алёна Йорданова", ["алена", "АЛЁНА", "иорданова"]), ("ﬁnch", ["finch"]), ("Ｆｕｌｌ", ["full"]),
      ("Ren\u{e9}e", ["rene\u{301}e", "renee"]), ("مُحَمَّد", ["محمد"]), ("שָׁלוֹם", ["שלום"]),
      // Apostrophes of any kind, or none.
      ("O'Brien", ["obrien", "o’brien", "O`Brien", "O´Brien", "oʼbrien", "brien", "o brien"]), ("O’Brien", ["o'brien"]),
      ("Müller-O’Neill", ["oneill", "o'neill muller", "neill", "müller-o'neill"]),
      ("d'Angelo", ["dangelo", "angelo", "D’Angelo"]),
      // Hyphens, slashes, signs.
      ("Jean-Paul", ["jean paul", "jean-paul", "jeanpaul", "paul", "jean‑paul"]), ("Jean Paul", ["jean-paul"]),
      ("A/S Nordic", ["a/s", "as nordic", "nordic"]), ("H&M", ["h&m", "hm", "h & m"]),
      ("S.A. Dupont", ["s.a.", "sa dupont"]),
      ("24/7 Service", ["24/7", "24/7 service", "247"]), ("3M", ["3m"]),
      ("1. FC Köln", ["1. fc", "1 fc koln", "fc koeln"]),
      ("007 Shop", ["007", "7"]), ("Bau24 GmbH", ["bau24", "bau"]), ("24sata", ["24sata", "24s"]),
      // Names without blanks, by any part.
      ("王", ["王"]), ("山田太郎", ["山", "太郎", "田太", "山田太郎"]), ("김철수", ["김", "철수", "김철"]), ("株式会社ABC", ["会社", "abc"]),
      ("サトウ", ["トウ", "ｻﾄｳ"]), ("がんだ", ["が", "か\u{3099}ん"]), ("山田　花子", ["花子", "山田 花子", "子"]),
      // What is not seen.
      ("Ann\u{200b}a \u{202e}Lee", ["anna", "lee"]), ("ev\u{ad}elyn", ["evelyn"]), ("می\u{200c}خواهم", ["میخواهم"]),
    ] as [(Text, [Text])])
  func aNameIsFoundAsPeopleTypeIt(name: Text, questions: [Text]) {
    for question in questions {
      #expect(Self.finds(question, name: name), "\(question) → \(SearchWords.ofQuestion(question)), \(name)")
    }
  }

  @Test(
    arguments: [
      ("Joe", "john"), ("Sue", "susan"), ("Díaz", "diez"), ("Müller", "moller"), ("か", "が"), ("王", "玉"), ("कि", "कु"),
      ("Jean-Paul", "jp"), ("24/7", "24/8"), ("O'Brien", "obrian"), ("Mueller", "mueler"),
    ] as [(Text, Text)])
  func anotherNameIsNotFound(name: Text, question: Text) {
    #expect(!Self.finds(question, name: name), "\(SearchWords.ofQuestion(question)) of \(name)")
  }

  @Test(
    arguments: [
      "+49 170 5551234", "0170 5551234", "0170/555 12 34", "(0170) 555-1234", "0049 170 5551234", "+49 (0)170 5551234",
      "+49.170.555.1234", "0170 5551234 ext. 12", "+49 170 5551234 x12", "0170-5551234 #12", "٠١٧٠ ٥٥٥١٢٣٤",
      "\u{202a}+49 170 5551234\u{202c}", "＋４９ １７０ ５５５１２３４", "Tel. 0170 5551234",
    ] as [Text])
  func aPhoneIsFoundInAnyWrittenForm(phone: Text) {
    for question: Text in [
      "+49 170 5551234", "0170 5551234", "0170/5551234", "0049-170-5551234", "+49 (0) 170 555 12 34", "1705551234",
      "0170 555", "170", "1234", "+49 170", "0170 5551234 ext 99", "0170 5551234 Durchwahl 3", "nobody +49 170 5551234",
      "nobody 0170 5551234", "٠١٧٠",
    ] {
      #expect(Self.finds(question, phone: phone), "\(question) → \(SearchWords.ofQuestion(question)) of \(phone)")
    }
    for question: Text in ["0171 5551234", "+49 171", "5551235", "0049 171 5551234"] {
      #expect(!Self.finds(question, phone: phone), "\(question) of \(phone)")
    }
  }

  @Test(
    arguments: [
      // Countries with short numbers, with another digit before the national number, with codes of one and three digits.
      ("+45 12 34 56 78", ["12345678", "0045 12345678", "4512345678"]), ("12 34 56 78", ["+45 12345678"]),
      ("+1 (212) 555-0100", ["212-555-0100", "1-212-555-0100", "12125550100", "(212) 555"]),
      ("212.555.0100", ["+1 212 555 0100", "1 212 555 0100"]),
      ("+7 916 123-45-67", ["8 (916) 123-45-67", "9161234567"]), ("8 916 123 45 67", ["+7 916 1234567"]),
      ("+91 98450 12345", ["098450 12345", "9845012345", "919845012345", "00919845012345", "011 91 98450 12345"]),
      ("919845012345", ["+91 98450 12345", "98450 12345"]), ("+39 06 1234567", ["06 1234567", "0039 06 1234567"]),
      ("+353 87 123 4567", ["087 123 4567"]), ("+86 138 1234 5678", ["13812345678", "138 1234"]),
      ("13812345678", ["+86 138 1234 5678"]), ("0170 5551234 / 0171 7654321", ["0170 5551234", "+49 171 7654321"]),
      ("0170 5551234 or +49 171 7654321", ["01705551234", "0171 7654321"]),
    ] as [(Text, [Text])])
  func aPhoneOfAnyCountryIsFound(phone: Text, questions: [Text]) {
    for question in questions {
      #expect(Self.finds(question, phone: phone), "\(question) → \(SearchWords.ofQuestion(question)) of \(phone)")
    }
  }

  @Test func aPhoneOfManyZerosIsNoShortNumber() {
    #expect(SearchWords.ofQuestion("+91000000002") == ["00000002"])
    #expect(Self.finds("+91000000002", phone: "+91000000002"))
    #expect(!Self.finds("+91000000002", phone: "+91200000000"))
  }

  @Test func aNumberIsFoundWithoutWhatStandsBeforeIt() {
    for question: Text in [
      "ORD-2026-001234", "ord-2026-0012", "ord2026001234", "2026-001234", "2026/001234", "001234", "1234", "#1234",
      "123", "ORD 2026 001234", "ord_2026_001234", "ORD–2026–001234", "٠٠١٢٣٤",
    ] {
      #expect(Self.finds(question, number: "ORD-2026-001234"), "\(question) → \(SearchWords.ofQuestion(question))")
    }
    for question: Text in ["ORD-2025-001234", "2026-001235", "234"] {
      #expect(!Self.finds(question, number: "ORD-2026-001234"), "\(question)")
    }
    // Past six digits, and past as many as a phone has.
    #expect(Self.finds("2026-1234567", number: "ORD-2026-1234567"))
    #expect(Self.finds("2026-123", number: "ORD-2026-1234567"))
  }

  @Test func anInvoicesNumberIsReadWithAndWithoutWhatStandsBeforeIt() {
    for question: Text in [
      "INV-2026-000012", "inv-2026-12", "2026-000012", "2026/12", "#2026-000012", "INV–2026–000012",
    ] {
      #expect(SearchWords.invoiceNumber(in: question) == "INV-2026-000012", "\(question)")
    }
    #expect(SearchWords.invoiceNumber(in: "INV-2026-1234567") == "INV-2026-1234567")
    for question: Text in [
      "", "INV", "INV-2026", "ORD-2026-000012", "2026", "000012", "2026-0", "26-12", "+2026-12", "2026-12-01",
      "inv 2026-12", "INV-2026-12a", "x2026-12",
    ] {
      #expect(SearchWords.invoiceNumber(in: question) == nil, "\(question)")
    }
  }

  @Test func aQuestionWithoutALetterOrDigitAsksNothing() {
    for question: Text in ["", " ", "...", "-", "+", "()", "\u{200b}", "\u{202e}\u{202c}", "🛒", "'’"] {
      #expect(SearchWords.ofQuestion(question) == [], "\(question)")
    }
  }

  @Test func whatIsStoredIsWhatItWas() {
    // These words stand in databases: a change here wants another mark, see `SearchWords.mark`.
    #expect(
      SearchWords.of(number: "ORD-2026-001234", name: "Zoë Müller-Lüdenscheid, O’Neill", phone: "+49 170 1234567") == [
        "~2", "ord2026001234", "2026001234", "1234", "zoe", "zo", "mullerludenscheid", "muellerluedenscheid",
        "ludenscheid", "luedenscheid", "oneill", "neill", "1701234567", "491701234567", "4567",
      ])
    #expect(SearchWords.of(number: "ORD-2026-000007", name: "山田 24/7", phone: nil).suffix(3) == ["山田", "田", "247"])
  }

  @Test func anOrderHasNoMoreAndNoLongerWordsThanMayBeStored() {
    let words: [String] = (0..<60).map { "w\($0)" }
    let ideographs: [String] = (0..<100).map { String(Unicode.Scalar(UInt16(0x4e00 + $0 * 7)) ?? "a") }
    let names: [String] = [
      String(repeating: "山", count: 200), String(repeating: "é", count: 200), String(repeating: "a'", count: 100),
      String(repeating: "ä-", count: 100), String(repeating: "a\u{301}\u{302}", count: 66),
      String(repeating: "가", count: 200),
      words.joined(separator: " "), String(repeating: "\u{fdfa}", count: 200), ideographs.joined(),
    ]
    for name in names {
      let words = SearchWords.of(
        number: "ORD-2026-001234", name: Text(name), phone: Text(String(repeating: "1 ", count: 20)))
      #expect(words.count <= SearchWords.limit)
      #expect(words.allSatisfy { !$0.isEmpty && $0.utf8.count <= 32 })
      #expect(Set(words).count == words.count)
      #expect(SearchWords.ofQuestion(Text(name)).count <= SearchWords.nameLimit)
    }
  }

  @Test func theMarkIsNoWordOfAQuestion() {
    for question: Text in ["~2", "~", "2~", "～2"] {
      #expect(!SearchWords.ofQuestion(question).contains { SearchWords.mark.hasPrefix($0) }, "\(question)")
    }
  }
}
