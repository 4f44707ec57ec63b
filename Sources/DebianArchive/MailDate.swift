internal import Basics

extension UTCTime {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Parses a date as changelogs and mails have it (RFC 5322, 3.3): `Thu, 22 Oct 2026 00:34:41 +0200`.
  init?(mailDate text: some StringProtocol) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 6, words[0].hasSuffix(","), let day = Int(words[1]),
      let month = Self.months.firstIndex(where: { $0 == words[2] }), words[3].count == 4,
      let offset = Self.seconds(ofZone: String(words[5]))
    else { return nil }
    func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    guard (1...31).contains(day), let local = UTCTime("\(words[3])-\(padded(month + 1))-\(padded(day))T\(words[4])Z")
    else { return nil }
    self = local.advanced(by: .seconds(-offset))
  }

  /// Seconds east of Greenwich of a zone such as `+0200`.
  private static func seconds(ofZone zone: String) -> Int? {
    guard zone.utf8.count == 5, let sign = zone.first, sign == "+" || sign == "-" else { return nil }
    let digits = zone.dropFirst()
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let hours = Int(digits.prefix(2)), let minutes = Int(digits.suffix(2)), hours < 24, minutes < 60
    else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}
