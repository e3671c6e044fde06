/// The currencies that there are, by how many decimals what is paid in them has.
///
/// Source: ISO 4217, list one as SIX published it on 2026-01-01 (column CcyMnrUnts), as the package `iso4217` 1.16 on PyPI
/// has it. What the list gives no minor unit for (gold, special drawing rights) has 8 decimals here; its codes for tests
/// (XTS) and for no currency at all are none that anybody pays in.
enum Currencies {
  /// Nothing smaller than one of it.
  static let withNone = codes(
    """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """)
  /// Hundredths.
  static let withTwo = codes(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
    COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
    MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
    STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """)
  /// Hundredths as well, of those that have left the list since 2022: orders in them may be under way.
  static let withdrawn = codes(
    """
    ANG BGN CUC HRK SLL ZWL
    """)
  /// Thousandths.
  static let withThree = codes(
    """
    BHD IQD JOD KWD LYD OMR TND
    """)
  /// Ten-thousandths.
  static let withFour = codes(
    """
    CLF UYW
    """)
  /// In ISO 4217 without a minor unit.
  static let withoutMinorUnit = codes(
    """
    XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XUA
    """)
  /// In no list of ISO: coins that are divided into 10⁻⁸ or more, under the codes that exchanges use.
  static let crypto = codes(
    """
    ADA BCH BNB BTC DOT ETC ETH LTC SOL TRX XBT XLM XMR XRP ZEC
    """)

  /// How many decimals of a unit can be paid, by code.
  static let decimals: [String: Int] = {
    var decimals: [String: Int] = [:]
    for (list, places) in [
      (withNone, 0), (withTwo, 2), (withdrawn, 2), (withThree, 3), (withFour, 4), (withoutMinorUnit, 8), (crypto, 8),
    ] {
      for code in list { decimals[code] = places }
    }
    return decimals
  }()

  private static func codes(_ text: String) -> [String] {
    text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0a }).map { String(decoding: $0, as: UTF8.self) }
  }
}
