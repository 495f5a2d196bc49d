package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class SourceTest {

  @Test
  void aLineGivesAddressSuiteAndComponents() {
    var sources = Source.parseLines("deb http://m.example/debian bookworm main contrib # all\n");
    assertEquals(1, sources.size());
    assertEquals(URI.create("http://m.example/debian/"), sources.get(0).uri());
    assertEquals("bookworm", sources.get(0).suite());
    assertEquals(List.of("main", "contrib"), sources.get(0).components());
  }

  @Test
  void optionsInBracketsAreRead() {
    Source s =
        Source.parseLines("deb [ arch=amd64,i386 signed-by=/k.gpg trusted=yes ] file:/m sid main")
            .get(0);
    assertTrue(s.serves("i386"));
    assertFalse(s.serves("arm64"));
    assertEquals("/k.gpg", s.signedBy().orElseThrow());
    assertTrue(s.trusted());
  }

  @Test
  void linesThatAreNoBinarySourceArePassedOver() {
    String text =
        """
        # deb http://m.example/debian bookworm main
        deb-src http://m.example/debian bookworm main
        deb http://m.example/flat ./
        deb http://m.example/flat dir/ main
        deb cdrom:[Debian 12]/ bookworm main
        deb tor+http://m.example/debian bookworm main
        """;
    assertEquals(List.of(), Source.parseLines(text));
  }

  @Test
  void aParagraphGivesEverySuiteOfEveryAddress() {
    String text =
        """
        Types: deb deb-src
        URIs: http://a.example/debian https://b.example/debian/
        # a comment
        Suites: bookworm bookworm-updates
        Components: main
        Architectures: amd64
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

        Types: deb
        URIs: http://c.example/
        Suites: bookworm
        Components: main
        Enabled: no
        """;
    List<Source> sources = Source.parseDeb822(text);
    assertEquals(
        List.of(
            "http://a.example/debian/ bookworm",
            "http://a.example/debian/ bookworm-updates",
            "https://b.example/debian/ bookworm",
            "https://b.example/debian/ bookworm-updates"),
        sources.stream().map(Source::toString).toList());
    assertFalse(sources.get(0).serves("i386"));
  }

  @Test
  void aKeyInsideTheParagraphKeepsItsLines() {
    String text =
        """
        Types: deb
        URIs: http://a.example/debian
        Suites: bookworm
        Components: main
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         mDMEAAAA
         -----END PGP PUBLIC KEY BLOCK-----
        """;
    String key = Source.parseDeb822(text).get(0).signedBy().orElseThrow();
    assertTrue(key.contains("BEGIN PGP PUBLIC KEY BLOCK-----\n.\nmDMEAAAA\n"), key);
  }
}
