/// A repository that python-tuf 7.0.1 made, byte for byte: two roots with a threshold of two, a delegation by patterns
/// with a threshold of two, a terminating delegation by hash prefixes, indented files, and text outside ASCII.
///
/// The seeds of its keys are 32 bytes of 1 (root), 2 (root), 3 (targets), 4 (snapshot), 5 (timestamp), 6 and 7 (delegated).
enum PythonRepository {
  // swift-format-ignore
  static let files: [String: String] = [
"1.root.json": #"""
{
 "signatures": [
  {
   "keyid": "7ab6b86cb2c9684b0ddc10896153aa2595decf4d4327a5ff1a8ab7422c828b12",
   "sig": "4fda482634c581e64fe4cf7196d843505a9e9f31c55b9ce6441909c42fd9b60df7cdffdf036a3b25cc0c6e1f8e9aebefb5b6240cf06f48650d7f502f22f15c0a"
  },
  {
   "keyid": "c3f860ca5da4454d33496ca33bb48f0cdcd5b731be7316b67ca191db0185aa26",
   "sig": "214d27743ad42782fecf99983ae6fc67db93360070429cfceacc61bdb7d52baf4ce54c421e1ccf61c4629499c2292f969f82ea11bc25eacc635403816300d600"
  }
 ],
 "signed": {
  "_type": "root",
  "consistent_snapshot": true,
  "expires": "2036-01-01T00:00:00Z",
  "keys": {
   "3336b222894653a1c328c2636b5ada9d8c2f53be3b927369d64e7087014bf619": {
    "keytype": "ed25519",
    "keyval": {
     "public": "ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c"
    },
    "scheme": "ed25519"
   },
   "7ab6b86cb2c9684b0ddc10896153aa2595decf4d4327a5ff1a8ab7422c828b12": {
    "keytype": "ed25519",
    "keyval": {
     "public": "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
    },
    "scheme": "ed25519"
   },
   "8bf5a507dc237a32c90c0a23b34bab6b386826145a5b726da75c91d466e4bf33": {
    "keytype": "ed25519",
    "keyval": {
     "public": "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1"
    },
    "scheme": "ed25519"
   },
   "c3f860ca5da4454d33496ca33bb48f0cdcd5b731be7316b67ca191db0185aa26": {
    "keytype": "ed25519",
    "keyval": {
     "public": "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
    },
    "scheme": "ed25519"
   },
   "e9d933784bfeb1d51791fdd145c115646e16ccff141fedbfaf2dea96bb2abf0e": {
    "keytype": "ed25519",
    "keyval": {
     "public": "6e7a1cdd29b0b78fd13af4c5598feff4ef2a97166e3ca6f2e4fbfccd80505bf1"
    },
    "scheme": "ed25519"
   }
  },
  "roles": {
   "root": {
    "keyids": [
     "7ab6b86cb2c9684b0ddc10896153aa2595decf4d4327a5ff1a8ab7422c828b12",
     "c3f860ca5da4454d33496ca33bb48f0cdcd5b731be7316b67ca191db0185aa26"
    ],
    "threshold": 2
   },
   "snapshot": {
    "keyids": [
     "3336b222894653a1c328c2636b5ada9d8c2f53be3b927369d64e7087014bf619"
    ],
    "threshold": 1
   },
   "targets": {
    "keyids": [
     "8bf5a507dc237a32c90c0a23b34bab6b386826145a5b726da75c91d466e4bf33"
    ],
    "threshold": 1
   },
   "timestamp": {
    "keyids": [
     "e9d933784bfeb1d51791fdd145c115646e16ccff141fedbfaf2dea96bb2abf0e"
    ],
    "threshold": 1
   }
  },
  "spec_version": "1.0.31",
  "version": 1
 }
}
"""#,
"2.root.json": #"""
{
 "signatures": [
  {
   "keyid": "7ab6b86cb2c9684b0ddc10896153aa2595decf4d4327a5ff1a8ab7422c828b12",
   "sig": "c733ab3a385776dde98607ea886f617f32860ddbf687dd4358dbabc1ce8a8dfc96be8cd096fa18f641bec17fa9f253c6bdc339a229d1c226707c96412f7baa06"
  },
  {
   "keyid": "c3f860ca5da4454d33496ca33bb48f0cdcd5b731be7316b67ca191db0185aa26",
   "sig": "6ffbd064466a7cdb24b3edb9955d11636c624e3f9cf12449df6c2d91769739c8d850ad8252e79ccc78a3fb290adb0b5abd85336afeb1f85045dfb7266dd4910c"
  }
 ],
 "signed": {
  "_type": "root",
  "consistent_snapshot": true,
  "expires": "2036-01-01T00:00:00Z",
  "keys": {
   "3336b222894653a1c328c2636b5ada9d8c2f53be3b927369d64e7087014bf619": {
    "keytype": "ed25519",
    "keyval": {
     "public": "ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c"
    },
    "scheme": "ed25519"
   },
   "7ab6b86cb2c9684b0ddc10896153aa2595decf4d4327a5ff1a8ab7422c828b12": {
    "keytype": "ed25519",
    "keyval": {
     "public": "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"
    },
    "scheme": "ed25519"
   },
   "8bf5a507dc237a32c90c0a23b34bab6b386826145a5b726da75c91d466e4bf33": {
    "keytype": "ed25519",
    "keyval": {
     "public": "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1"
    },
    "scheme": "ed25519"
   },
   "c3f860ca5da4454d33496ca33bb48f0cdcd5b731be7316b67ca191db0185aa26": {
    "keytype": "ed25519",
    "keyval": {
     "public": "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
    },
    "scheme": "ed25519"
   },
   "e9d933784bfeb1d51791fdd145c115646e16ccff141fedbfaf2dea96bb2abf0e": {
    "keytype": "ed25519",
    "keyval": {
     "public": "6e7a1cdd29b0b78fd13af4c5598feff4ef2a97166e3ca6f2e4fbfccd80505bf1"
    },
    "scheme": "ed25519"
   }
  },
  "roles": {
   "root": {
    "keyids": [
     "7ab6b86cb2c9684b0ddc10896153aa2595decf4d4327a5ff1a8ab7422c828b12",
     "c3f860ca5da4454d33496ca33bb48f0cdcd5b731be7316b67ca191db0185aa26"
    ],
    "threshold": 2
   },
   "snapshot": {
    "keyids": [
     "3336b222894653a1c328c2636b5ada9d8c2f53be3b927369d64e7087014bf619"
    ],
    "threshold": 1
   },
   "targets": {
    "keyids": [
     "8bf5a507dc237a32c90c0a23b34bab6b386826145a5b726da75c91d466e4bf33"
    ],
    "threshold": 1
   },
   "timestamp": {
    "keyids": [
     "e9d933784bfeb1d51791fdd145c115646e16ccff141fedbfaf2dea96bb2abf0e"
    ],
    "threshold": 1
   }
  },
  "spec_version": "1.0.31",
  "version": 2
 }
}
"""#,
"timestamp.json": #"""
{
 "signatures": [
  {
   "keyid": "e9d933784bfeb1d51791fdd145c115646e16ccff141fedbfaf2dea96bb2abf0e",
   "sig": "321f2120870bd3d77eb9ff36dfb5bb827a48de95f16cd6e08258048be4f233c72e646595174c50df4f734483024320ffeebedb80611ed3dfd806a297b275a10f"
  }
 ],
 "signed": {
  "_type": "timestamp",
  "expires": "2036-01-01T00:00:00Z",
  "meta": {
   "snapshot.json": {
    "hashes": {
     "sha256": "329eb9fb948e0083908d89008dcfd590d84d029b04b4d4ce1b5c0b546ab4e2d9"
    },
    "length": 888,
    "version": 1
   }
  },
  "spec_version": "1.0.31",
  "version": 1
 }
}
"""#,
"1.snapshot.json": #"""
{
 "signatures": [
  {
   "keyid": "3336b222894653a1c328c2636b5ada9d8c2f53be3b927369d64e7087014bf619",
   "sig": "4b3d617fe8000db7c5111cdb9efb610c4d355d51687c50fa6ac01b28174aef4fa7235657cdd33850b624de02822557019df2c9eb7a4741b9afda49efa514fe0e"
  }
 ],
 "signed": {
  "_type": "snapshot",
  "expires": "2036-01-01T00:00:00Z",
  "meta": {
   "bins.json": {
    "hashes": {
     "sha256": "645eb749c601c85b1536797bdd97e5d083cf0f001628ecdca4a9313aa42bee06"
    },
    "length": 534,
    "version": 1
   },
   "expat.json": {
    "hashes": {
     "sha256": "814a2228da40c551773405d411ccaefec0a393d5d9f8d19bb67aeabb29087133"
    },
    "length": 851,
    "version": 1
   },
   "targets.json": {
    "hashes": {
     "sha256": "dc0b9606e9ea5e7fb37da71c90f8e53ba5dcd5f394f34beef372ace2a75da18a"
    },
    "length": 1915,
    "version": 1
   }
  },
  "spec_version": "1.0.31",
  "version": 1
 }
}
"""#,
"1.targets.json": #"""
{
 "signatures": [
  {
   "keyid": "8bf5a507dc237a32c90c0a23b34bab6b386826145a5b726da75c91d466e4bf33",
   "sig": "bf44bb4f3441ebf2dd5c7ce70ea054339f26685289fba91b9e7d807c3c4affef606682a27e5755e265fe1a25b8ea3efd043b3137007d191ea07bce442f2cf404"
  }
 ],
 "signed": {
  "_type": "targets",
  "delegations": {
   "keys": {
    "91a6b26476bdd31d34f4f34e89e00b20be72acfc23f262676613e97fc39e97ac": {
     "keytype": "ed25519",
     "keyval": {
      "public": "8a875fff1eb38451577acd5afee405456568dd7c89e090863a0557bc7af49f17"
     },
     "scheme": "ed25519"
    },
    "bfe1a83869e5bf574e3ff3acbb83f840de84a990d10059f3096f0bf4f2b90c10": {
     "keytype": "ed25519",
     "keyval": {
      "public": "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"
     },
     "scheme": "ed25519"
    }
   },
   "roles": [
    {
     "keyids": [
      "91a6b26476bdd31d34f4f34e89e00b20be72acfc23f262676613e97fc39e97ac",
      "bfe1a83869e5bf574e3ff3acbb83f840de84a990d10059f3096f0bf4f2b90c10"
     ],
     "name": "expat",
     "paths": [
      "d/expat/*"
     ],
     "terminating": false,
     "threshold": 2
    },
    {
     "keyids": [
      "91a6b26476bdd31d34f4f34e89e00b20be72acfc23f262676613e97fc39e97ac"
     ],
     "name": "bins",
     "path_hash_prefixes": [
      "0",
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
      "8",
      "9",
      "a",
      "b",
      "c",
      "d",
      "e",
      "f"
     ],
     "terminating": true,
     "threshold": 1
    }
   ]
  },
  "expires": "2036-01-01T00:00:00Z",
  "spec_version": "1.0.31",
  "targets": {
   "top/readme.txt": {
    "hashes": {
     "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
     "sha512": "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043"
    },
    "length": 5
   }
  },
  "version": 1
 }
}
"""#,
"1.expat.json": #"""
{
 "signatures": [
  {
   "keyid": "91a6b26476bdd31d34f4f34e89e00b20be72acfc23f262676613e97fc39e97ac",
   "sig": "60e8246ec0a0f45e4569469d04f0479df641d8839514d0caae3ec318fcd88ff77256303eb358d189f3274846d3fe5a042827d97769f399b66053bd5ce0088800"
  },
  {
   "keyid": "bfe1a83869e5bf574e3ff3acbb83f840de84a990d10059f3096f0bf4f2b90c10",
   "sig": "3562cf234be45ac55bc8b6127873acafb56891e1540ce0512ff0169aa0783c83935593e71d0a87ad2f3f3519ea338df0eea7d21760afac94e2092de1f5972209"
  }
 ],
 "signed": {
  "_type": "targets",
  "expires": "2036-01-01T00:00:00Z",
  "spec_version": "1.0.31",
  "targets": {
   "d/expat/1.json": {
    "custom": {
     "serial": 1,
     "text": "\u00e9 \"quoted\" \\ \n"
    },
    "hashes": {
     "sha256": "62a4a0e9fbff1ed4b03bd12357240ba193b915b612e8e0638e27e6ffbbefe423"
    },
    "length": 11
   }
  },
  "version": 1
 }
}
"""#,
"1.bins.json": #"""
{
 "signatures": [
  {
   "keyid": "91a6b26476bdd31d34f4f34e89e00b20be72acfc23f262676613e97fc39e97ac",
   "sig": "75c1203914585e2a9055311b73aa2f4ed21573d1486526b35934ce0d301bd2c08ef4d37448b7a47f74a893693d1ceed7a8bbfa8bef4a9ebfb5675aea2ecfc60d"
  }
 ],
 "signed": {
  "_type": "targets",
  "expires": "2036-01-01T00:00:00Z",
  "spec_version": "1.0.31",
  "targets": {
   "any/file": {
    "hashes": {
     "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    },
    "length": 0
   }
  },
  "version": 1
 }
}
"""#,
  ]
}
