/// Keys and signatures that Python's `cryptography` 50.0.2 made over “what is signed”.
enum KeyVectors {
  static let message = Array("what is signed".utf8)

  /// 2,048 bits.
  static let rsa2048 = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnX5Iv/ue1IKK/Z5AvG4a
    x3q36X3P5+sYRyxkTEnqemwNRDNpaC2F4k9zRsfAX2MEAT5XQmWFkkzbH4BkckpQ
    JKLI1cbhoCorWsnUcbyv6Z4Z5geH0zXx8NWMceYm9SFrj1HehtV9xhA4TI7z1Zr8
    pXs19fQHN3gneyTaykSxTvamqEl+H4iiy9bphHKvD3J3Z9SkMJCjRCxSqUnVh7Hv
    aOpWwATocF6rGsOeETYINqeBFLHRmAkvAIxJIN5r69NeVd7AZKO0SLmUZ+yN26JC
    IAs03kq2rqSxOA3cnkhepDvZz2ktLu29QVYQsJFYt4+HfpDtXFQPtnYGok1GOiMB
    iQIDAQAB
    -----END PUBLIC KEY-----

    """

  /// With a salt as long as the digest.
  static let rsa2048Salt32 =
    "7c777a420ded55881293a212acc787eee6d4d14a021f20f70917859121bc61120ccb6fc318658f8d6af6784918daba673c6f"
    + "1e542e541579fb3f616c1da11e076c0639c83c3afb1acb883c9612dd7b52da2f31285a8303001ed8995fdcb94ec978779d98"
    + "d2196fe21ccad2dd06f00bd8b496c72038975d3de35d0485fcee165e689bfff241fa61dfe5492b48727e37d3a512f9cbc0b0"
    + "7c28ef3bcce58336f11e50ad8ab3235c50369d91a3a8aa9f47e63dbe1dc08d804ba8a54fdc88829ac91e65e0e9dd8ecad084"
    + "d46d13c46e0deb3720dd7268a7568aa0f20a8f8a0b53177a5b862adcf8be722b88f05c1b37db6de1db4a6aa2e8f5b060ea24"
    + "12e36d273fe0"

  /// Without salt.
  static let rsa2048Salt0 =
    "5c3ffefb45acb59e07938c6b7d7a9415146186fb94e5f9245c94325a7f8f73468a6847bafa3cd6df0ecfc6c909143f164e7c"
    + "5b19cfe25ea872c5128904532aa9ef174a0fa67cf3c54a9eeffe9f093cc20dd6aed0f334b352106025b4a545be5d9375afc2"
    + "65bae2f6200fe24ae9ffc89b35c6d6670b1915272acf02c6ce9f1d5f9a730ec09c702196136b7d4c893e119cd948427625fe"
    + "98afe9b987603103a95353d1da5217ab10a6091b7cc2c11e695d36a1cd1e609470a95fcbdd774baf1ad82b1a471b04daf81c"
    + "3f90bef327f3cdb7012cba1505dd33c6873732e62cdea6be4dbd9ef940af12a8d806565c4f4c05fa14a73876bdfeab0d79dd"
    + "83c3847e8112"

  /// With the longest salt.
  static let rsa2048Salt222 =
    "6bcd2697bb01caa0f725bfd3d7aa51707682e64578698a3a2a72401f9c360966738f2eb558f8b2680ad265e71f09cce1832f"
    + "5ce8486d8a012a6b6cb954ad28bde144d18814e650a480a2b133df1f5a00f7a1f3df61f3b24153749b6bec676760fba5432c"
    + "39bebe87242c220a459d9c54d73868cfc3ba827241261547c07a7208e29e8832e875310735040f22ca4f8ae6070c24e41719"
    + "1bba1aec5023bda7347f65915c99147acfeb478c97261268815024f98138494629413c92d7dc6475d2bbe808ef478e0426ac"
    + "9ca30a9a013a7e4126ca6b57c88f2c20b5b230be5f7b5526dffaa36746f6e933d859d5f8e2bf25d5ca1698b9b7e586872b9e"
    + "7ed2fd6e8dcd"

  /// In the older padding.
  static let rsa2048PKCS1 =
    "10321f49e9b4e549ae14463f6c9a0abafeba5de5354760dcbecb65e28b808468a7e5011ff9c85b524f21a4ea33416b216a74"
    + "e8377efd7cd0d608846c1af1ae5131a186f98b3cdf7301094cad81463a21a18ee3f1ecfeb6ef18d4b68bbd2ac4b59fe81d06"
    + "0f07be6375ad55682474cb1ab96136ddf79f982ba19fda9607be3adf4a58111f4f25a73e29d5e39772546ee152e1b4119c74"
    + "95d44fac1cc38b988fdfda85aeb2df9524a24623c1eaffd2b916323bcf0d5f5a4e522cf82bf5ccc18bdb512c01ee25261ec8"
    + "5ccc63741dd8f97d6fbb31bd10bdb65d9480e083fe63d13da1c7476fcda89692c3253d8a4b8e855690373bd9cba20565db53"
    + "3f0377fd9dc5"

  /// With another digest.
  static let rsa2048SHA512 =
    "35ff53eb0eafe2bf994f3613778569a953527f9dc2ee84e6e96fd4b77403dde114aa82fe655421b0b187ac9bd03f9934ad4f"
    + "8681dd7bc46ed121a3ecd47701fec2fbea0f3ef5f99e47ea6f2a10f048f37ae5a0949721e426fe913c7d20a34c4b5b0485f5"
    + "8e233a231c61e2b5ccac0374bd8aea8b9822b742135eca51d39b89179b1d077122d5b8c2ff5227b1203ac1c8f7e0846957b5"
    + "f747ee228ee7440c6e4c0188fe50c1c9a2f6b0d49fb6a713439d7b1cd28d2038aabd495bff36f8bca120ed0f9b20595ba660"
    + "2f6290cdd0975a6f3f29d0cdbb0a8074e67d1d49e280038b437b9711289d32cddf7bcbf8e94c44d3b7bb4b7b5267b2aa2cbc"
    + "28fd57711eb4"

  /// With another digest in the mask.
  static let rsa2048OtherMask =
    "8cd8ab471820f92fcce88c2c212fabe5d42b63fbab4777155f7d4363c0a65044fa7194ee60e1acb88bdad7171ba13b4cc74e"
    + "b71e0c60b9b4e826d770805e6976816c9fa00955207878486b0df27a848b4062b29516452b3ac139a2374806a793d6e4e8ff"
    + "7abf332c9b4d80cd2d4a36ccbb1396364c9fa9c3459e677fe93ff0c0effcc957c2dbe49e4c8e53de192be2b5138656eeb9dd"
    + "e69a7abb81c711c3eaa00effa3e071ba78ac56bccade5d3f8e2ba1cf58767ea999d403ddd15add59633de59ae93319f75f9e"
    + "035a8dfaa23ca45ecf05ec4a53f52ad3c159121471cc74a25c80115441b241c902b590e86a029aed6ed40163c89e1c73a2b5"
    + "812ac50ec0f2"

  /// 2,049 bits: the encoded message is one byte shorter than the modulus.
  static let rsa2049 = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5Lk6gaEeM81amYc373mD
    qud7srtB7noiBFxEN5TET84xLsBDe2pmMfP2I7ghCnlnu14RyoqGkwVGM0DkRjx7
    2iTDgjnC9EyANA6CcW7s2vxdxzjMhhftQRKeCA+B62KgcLVCzBNusLHTSAo7jPzh
    BFjRYMnElrGb6ryhDIx41wDUprztLyvOiAYOwqKZvfXQweAV9/6WAkkZbCg/I0GV
    BsQ+DrnSFd9KaqYh5UyBsUowR+k4AcxW7bfWrLz0fvCc+rUkXBYKSYqPXn/7324/
    XuSV/h3RWoETeaYL+Pen3jIwXRs3k3+ErVn9SdHqwjN6o9rfB6w/h+fDhpluCSI9
    PQIDAQAB
    -----END PUBLIC KEY-----

    """

  /// With a salt as long as the digest.
  static let rsa2049Salt32 =
    "cea4cf31488a27613b326b4322d8e7f3272ee60b2f87d46f136f619aae2c1749bd2f2d1519b94d7f9b3ec1e34b8480a81dfb"
    + "e23aea35fc248e7466962a4f999575ee3f04f03ae5041db91a17a40ed25e41e8154fe47ff6e6c743dfe77407e9b2a720fd4a"
    + "32d935b3ef4b6952e53250e7fccdb0850ff69b7a3527b2ab75485c7a11f9321d0a88f10eb5026aa94b47525b973268802372"
    + "1fbec51dfa1df64a2d0815133dbdba2b9c605d72b2c7a2ee0dd1e217ddeb5b39dc731c8901ccb12a66584752e9cc54569b98"
    + "37de29beb1f28d50b7770e616c63c716219a565f945b95ef50e7bbc27fab4b65ef9855c531fd246f7284c9bd17abb86085de"
    + "3631b7609b97"

  /// 4,096 bits and the least exponent.
  static let rsa4096 = """
    -----BEGIN PUBLIC KEY-----
    MIICIDANBgkqhkiG9w0BAQEFAAOCAg0AMIICCAKCAgEAy6rLsGCezyv0NBCsPro4
    aEuH5raTUc5AQrs/95V1R8P62ir811l1M+jpTFSXURinEjKkPlj408brPoyd3RIG
    Y38mAQwr1ssHtrL7VbQIMHQzr/1Ut4jDXqV2fOPw5bHM9nUP8bhPSWEkrAIqBVfV
    QndElyW5+yod16W6bfplT0/ZX5iQTD5w5O+gXB4/xf1I1LDYwD97rE6eB3/m7Pof
    vs49698LjyMcA2IllrDPJNCH1W77vguhbkxCWZ1QBJx0mNiAseragaN/PaToT6DG
    ffxL0zLHcxTW0vd8YcIVmZ7pJQ9hKqcgAO//SPqe4YKjKCOZvkuLqD+6I8ctZkNk
    2OEpR5mmQvntJJUNI/h1D0nGrH0yFVANoHVjoiKhtxDQ5UlO3Z94R8OPN0fDgVcJ
    EZHlq648nL56Vwh732Q8W6DcI1SqwtHPhse6jnoF8ih9/R63vLnE6vHWs368Adb3
    c7fEGOW9xW9/10AcCvF2ptjzDyjgjYecjuLvMKnqUzirvMvY8R2DQz5QMWAyVT1W
    o5CYinGVWSo1KcbjJvKONz60+nYFIFz2xpL4HaTRwjhapEFmF7/yGYfFVT+kioj9
    m0IqiiyJl7N60rZpX9ZgMI9fZYZSTj4JdSzTzKD60Up4aUDrONeeRvYHqPf3/YLW
    RrOni5ZtFDEGYEjV76xBin0CAQM=
    -----END PUBLIC KEY-----

    """

  /// With a salt as long as the digest.
  static let rsa4096Salt32 =
    "5d2721bf43f6f5f92c54d64582ec5316bf8b4fb7ef12a2aa778b7bc0bd488de1126cc13506176172ba7abd7e2a443e9a5613"
    + "451d9fc1373daf11fd7358d1e3d88335912be9da34aa12e1ae34036022e99a4c5f4f091f1800683d225f68c7509aa1c9853f"
    + "3b5e551d97b87e377cb258b708dab8a2fe6405a032362c4994cfa3e5039db2b1c425153a40cc68986cd28c2809e4219496be"
    + "815601060bd0e22cfe0340e3fe5fea0d92e4b4c2aaca08938a91e321a757fd9c3320d576f6a68e6e514f395ecdaf9c1057ce"
    + "fd61b54b081f8050267397536630c1ba7beb0974dc83bddaf855c86cfe0071db328e37dfc409482014f6c7ce3adccd3a2289"
    + "e23369a575248a463f822546c216d2b544cf3b0006e80403f1ddaca6468a892c252280984558a87dac9d8f81d3343d785da8"
    + "eb684a177b5159e2aad4ec849fe706aba282d74d2e21258f50dbd84b820febab5092ec7d307af87522d4efc784faeca36fda"
    + "a2156929f6d61bb8e4a07d6e2dad926336202c60eea6cef7779547a0b9b089ac3d16e51047f0da1053c1a0f534ce4f7a61b1"
    + "3a95c180e68e805a36bebd8b71657d0366f35adf1ac92aff2e269b7aee05b5db366c81c3877cb70c44efd62c15de4ebea4ff"
    + "66bb531377e67cd27b514070a3a03f34bf9b72b73a3abf4950b1a792f4bb3eb0fcad7ca07ce6239efe04105a3298d02f215d"
    + "6a332aff59c2966f83867108"

  /// 1,024 bits: too short.
  static let rsa1024 = """
    -----BEGIN PUBLIC KEY-----
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCrk2sD0cGPfi3rYXEnDR6v5Dms
    6E5CW2BgOn9NtrUJdifmac5mXJnCUfB/WuClIe73VdRE9uIxWIEFI/sbe4/C46fa
    7omeyD24HNP8GDlInanjZKVp2cXb3iSbaNFfRFZ07jVUBtXwcHj3uoZz70f1IXpv
    ppUy8gcOmmoIH+yDMQIDAQAB
    -----END PUBLIC KEY-----

    """

  /// A key on P-256.
  static let p256 = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZEcHygFfcYbwhDqaZ8AYr9YhdL40
    74WxzHox0g8XixDEZThwuHXofakYlSN97oB4mpo5Reo631eqZtJ07BJlRw==
    -----END PUBLIC KEY-----

    """

  /// In DER.
  static let p256Signature =
    "3045022100b4bebd3fa98ff2643f5d42c3f1d9a1131c7052ca543b6a161053fd5c4a7e55a602201014361f2a06cbde4a8a1a"
    + "8502584d3893a00357a8fdb6382b2c69c49ce05553"

  /// The same numbers, one with a zero too many in front.
  static let p256Padded =
    "3046022100b4bebd3fa98ff2643f5d42c3f1d9a1131c7052ca543b6a161053fd5c4a7e55a60221001014361f2a06cbde4a8a"
    + "1a8502584d3893a00357a8fdb6382b2c69c49ce05553"

  /// The same numbers, one without the zero that makes it positive.
  static let p256Negative =
    "30440220b4bebd3fa98ff2643f5d42c3f1d9a1131c7052ca543b6a161053fd5c4a7e55a602201014361f2a06cbde4a8a1a85"
    + "02584d3893a00357a8fdb6382b2c69c49ce05553"

  /// The same numbers, a length in its longer form.
  static let p256LongLength =
    "308145022100b4bebd3fa98ff2643f5d42c3f1d9a1131c7052ca543b6a161053fd5c4a7e55a602201014361f2a06cbde4a8a"
    + "1a8502584d3893a00357a8fdb6382b2c69c49ce05553"

  /// The same numbers, and a byte after them.
  static let p256Trailing =
    "3045022100b4bebd3fa98ff2643f5d42c3f1d9a1131c7052ca543b6a161053fd5c4a7e55a602201014361f2a06cbde4a8a1a"
    + "8502584d3893a00357a8fdb6382b2c69c49ce0555300"

  /// The same numbers, not in DER.
  static let p256Raw =
    "b4bebd3fa98ff2643f5d42c3f1d9a1131c7052ca543b6a161053fd5c4a7e55a61014361f2a06cbde4a8a1a8502584d3893a0"
    + "0357a8fdb6382b2c69c49ce05553"

  /// With another digest.
  static let p256SHA512 =
    "304402201d87c38be17d5c1e5a58603f9fe90e964e1cf2cbc3619e4d475e277e87c866ce02206fabe202f7e8dad5e2d9c7e8"
    + "5b61b1cd8c564d5c2715898f8bb075a040b27c60"

  /// A key on another curve.
  static let p384 = """
    -----BEGIN PUBLIC KEY-----
    MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE90+E89NUS75/nwhN1Y1IrSpgxqcZVajY
    WyKAKOowDLzgJSi23k4QH+H57/0Lp0M6GOMzVFkCoIlBR4oIbXnK2BDPux8M7GdY
    6HOse7Flj2mWtvmXCeqk03XL9O91lJN9
    -----END PUBLIC KEY-----

    """
}
