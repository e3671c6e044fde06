/// Why a decimal text gives no amount.
public enum DecimalProblem: Error, Sendable, Hashable {
  /// Not a JSON number.
  case malformed
  /// It has more decimals than the amount keeps, or is longer than `DecimalText.limitBytes`.
  case tooPrecise
  /// It does not fit 64 bits.
  case tooLarge
}

/// Decimal text to and from whole numbers of 10⁻ᵏ, exactly: no binary floating point, no rounding.
public enum DecimalText {
  /// The longest text read; a longer one is refused unread as too precise.
  public static let limitBytes = 1_000

  /// Reads a JSON number (optional minus, digits, optional fraction, optional exponent) as a whole number of
  /// 10⁻ᵏ where k is `places`, 0…18. `-0` is 0. Takes time in the length of the text only: `1e400` costs 5 steps.
  @inlinable
  public static func parse(_ text: some Collection<UInt8>, places: Int) throws(DecimalProblem) -> Int64 {
    if let result = text.withContiguousStorageIfAvailable({ read($0, places: places) }) { return try result.get() }
    guard text.count <= limitBytes else { throw .tooPrecise }
    let copy = Array(text)
    return try copy.withUnsafeBufferPointer { read($0, places: places) }.get()
  }

  /// Appends the shortest decimal of a whole number of 10⁻ᵏ: no exponent, no zeros at the end, `15`, `-0.35`.
  public static func write(_ value: Int64, places: Int, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(0x2d) }
    let scale = powersOfTen[places]
    let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: scale)
    append(whole, digits: 1, to: &bytes)
    guard rest != 0 else { return }
    bytes.append(0x2e)
    var fraction = rest
    var digits = places
    while fraction % 10 == 0 {
      fraction /= 10
      digits -= 1
    }
    append(fraction, digits: digits, to: &bytes)
  }

  /// Appends a number with zeros in front up to `digits`.
  private static func append(_ value: UInt64, digits: Int, to bytes: inout [UInt8]) {
    if value < 10, digits <= 1 {
      bytes.append(0x30 &+ UInt8(truncatingIfNeeded: value))
      return
    }
    var buffer = InlineArray<20, UInt8>(repeating: 0x30)
    var rest = value
    var start = 20
    while rest > 0 {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      start -= 1
      buffer[start] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
      rest = quotient
    }
    for index in min(start, 20 - digits)..<20 { bytes.append(buffer[index]) }
  }

  @usableFromInline
  static func read(_ text: UnsafeBufferPointer<UInt8>, places: Int) -> Result<Int64, DecimalProblem> {
    guard text.count <= limitBytes else { return .failure(.tooPrecise) }
    var reader = DecimalReader(text)
    guard reader.scan() else { return .failure(.malformed) }
    return reader.value(places: places)
  }

  static let powersOfTen: InlineArray<20, UInt64> = {
    var powers = InlineArray<20, UInt64>(repeating: 1)
    for index in 1..<20 { powers[index] = powers[index - 1] * 10 }
    return powers
  }()
}

/// One pass over a JSON number. It keeps the digits from the first to the last that is not zero, and where they stand.
private struct DecimalReader {
  private let text: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var isNegative = false
  /// The digits up to the last that is not zero; meaningless once `overflowed`.
  private var digits: UInt64 = 0
  private var overflowed = false
  /// Zeros seen since the last digit that is not zero.
  private var zeros = 0
  /// How many digits `digits` stands for, so that the first one's place is known.
  private var count = 0
  /// The power of ten of the last digit read.
  private var power = 0
  private var exponent = 0

  /// Past this an exponent's digits change nothing: no text within the limit can make up for it.
  private static let exponentLimit = 1_000_000

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  /// Whether the whole text is a JSON number.
  mutating func scan() -> Bool {
    isNegative = accept(0x2d)
    guard scanWhole() else { return false }
    if accept(0x2e) {
      guard scanDigits(fraction: true) > 0 else { return false }
    }
    if accept(0x65) || accept(0x45) {
      guard scanExponent() else { return false }
    }
    return position == text.count
  }

  /// The number as a whole number of 10⁻ᵏ.
  func value(places: Int) -> Result<Int64, DecimalProblem> {
    guard count > 0 else { return .success(0) }
    // The last digit that is not zero stands at `last`, the first at `last + count - 1`.
    let last = power + zeros + exponent
    if last + count - 1 + places > 18 { return .failure(.tooLarge) }
    if last + places < 0 { return .failure(.tooPrecise) }
    // Both hold, so there are at most 19 digits and `digits` did not overflow.
    guard !overflowed else { return .failure(.tooLarge) }
    let (magnitude, tooLarge) = digits.multipliedReportingOverflow(by: DecimalText.powersOfTen[last + places])
    let limit = Int64.max.magnitude + (isNegative ? 1 : 0)
    guard !tooLarge, magnitude <= limit else { return .failure(.tooLarge) }
    return .success(isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(truncatingIfNeeded: magnitude))
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  /// `0`, or digits that do not begin with it.
  private mutating func scanWhole() -> Bool {
    let start = position
    let length = scanDigits(fraction: false)
    return length == 1 || (length > 1 && text[start] != 0x30)
  }

  /// Takes digits in; gives how many.
  private mutating func scanDigits(fraction: Bool) -> Int {
    let start = position
    while position < text.count {
      let digit = text[position] &- 0x30
      guard digit < 10 else { break }
      position += 1
      if fraction { power -= 1 }
      take(digit)
    }
    return position - start
  }

  private mutating func take(_ digit: UInt8) {
    if digit == 0 {
      if count > 0 { zeros += 1 }
      return
    }
    for _ in 0...zeros where !overflowed {
      let (shifted, tooMany) = digits.multipliedReportingOverflow(by: 10)
      overflowed = tooMany
      digits = shifted
    }
    let (sum, tooMany) = digits.addingReportingOverflow(UInt64(digit))
    overflowed = overflowed || tooMany
    digits = sum
    count += zeros + 1
    zeros = 0
  }

  private mutating func scanExponent() -> Bool {
    let isNegative = accept(0x2d)
    if !isNegative { _ = accept(0x2b) }
    let start = position
    var value = 0
    while position < text.count {
      let digit = text[position] &- 0x30
      guard digit < 10 else { break }
      position += 1
      if value < Self.exponentLimit { value = value * 10 + Int(digit) }
    }
    exponent = isNegative ? -value : value
    return position > start
  }
}
