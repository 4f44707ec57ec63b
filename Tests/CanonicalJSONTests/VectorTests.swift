import CanonicalJSON
import Testing

/// The canonical form against the one of securesystemslib 1.6.0, which signs what python-tuf publishes.
@Suite struct VectorTests {
  static let vectors: [(text: String, canonical: String)] = [
    (#"{}"#, "7b7d"), (#"[]"#, "5b5d"), (#""""#, "2222"), (#"null"#, "6e756c6c"), (#"true"#, "74727565"),
    (#"false"#, "66616c7365"), (#"0"#, "30"), (#"-1"#, "2d31"),
    (#"9007199254740991"#, "39303037313939323534373430393931"),
    (#"-9223372036854775808"#, "2d39323233333732303336383534373735383038"), (#"[1,2,3]"#, "5b312c322c335d"),
    (#"{"A":[99]}"#, "7b2241223a5b39395d7d"), (#"{"x":3,"y":2}"#, "7b2278223a332c2279223a327d"),
    (#"{"y":2,"x":3}"#, "7b2278223a332c2279223a327d"), (#"{"x":3,"y":null}"#, "7b2278223a332c2279223a6e756c6c7d"),
    (#""\"\\\/\b\f\n\r\t""#, "225c225c5c2f080c0a0d0922"), (#""\u0000\u001f\u007f\u0080""#, "22001f7fc28022"),
    (#""é\u00e9\u65e5\ud83d\ude00""#, "22c3a9c3a9e697a5f09f988022"),
    (
      #"{"\ud83d\ude00":1,"\uffff":2,"\ue000":3,"z":4,"Z":5,"é":6,"":7,"a b":8}"#,
      "7b22223a372c225a223a352c22612062223a382c227a223a342c22c3a9223a362c22ee8080223a332c22efbfbf223a322c22f09f9880223a317d"
    ), (#"[ [ ], { } , [ { "b" : [ ] , "a" : { } } ] ]"#, "5b5b5d2c7b7d2c5b7b2261223a7b7d2c2262223a5b5d7d5d5d"),
    (#"{"a\nb":"\t","a\"b":"\\"}"#, "7b22610a62223a2209222c22615c2262223a225c5c227d"),
    (#""\u2028\u2029/</script>""#, "22e280a8e280a92f3c2f7363726970743e22"),
    (#"{"10":1,"9":2,"1":3}"#, "7b2231223a332c223130223a312c2239223a327d"),
    (
      #"{"a":{"c":1,"b":{"e":[true,false,null],"d":-7}}}"#,
      "7b2261223a7b2262223a7b2264223a2d372c2265223a5b747275652c66616c73652c6e756c6c5d7d2c2263223a317d7d"
    ), (#"["\u0061\u0301","\u00e1"]"#, "5b2261cc81222c22c3a1225d"),
  ]

  @Test(arguments: vectors)
  func `what is signed is what the reference signs`(vector: (text: String, canonical: String)) throws {
    let json = try JSON(parsing: Array(vector.text.utf8))
    let hex = json.canonicalBytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == vector.canonical)
    // Where it is JSON at all (control characters stand as they are), it reads back as the same.
    if let again = try? JSON(parsing: json.canonicalBytes) { #expect(again.canonicalBytes == json.canonicalBytes) }
  }
}
