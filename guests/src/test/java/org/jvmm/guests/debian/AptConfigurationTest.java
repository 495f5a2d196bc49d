package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.guests.fetch.GuestException;

class AptConfigurationTest {
  @TempDir Path root;

  private void write(String path, String text) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), text);
  }

  private List<String> sources() throws IOException {
    return AptConfiguration.ofHost(root).sources().stream().map(Source::toString).toList();
  }

  @Test
  void bothFormatsAreReadAndOtherVendorsSuitesLeftOut() throws IOException {
    write("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
    write("etc/apt/sources.list", "deb http://a.example/debian bookworm-updates main\n");
    write("etc/apt/sources.list.d/vendor.list", "deb http://v.example/apt nodistro main\n");
    write(
        "etc/apt/sources.list.d/debian.sources",
        "Types: deb\nURIs: http://b.example/debian\nSuites: bookworm\nComponents: main\n");
    write("etc/apt/sources.list.d/old.list.save", "deb http://c.example/debian bookworm main\n");
    assertEquals(
        List.of("http://a.example/debian/ bookworm-updates", "http://b.example/debian/ bookworm"),
        sources());
  }

  @Test
  void aHostWithoutAptGetsOneLineThatSaysWhatToDo() {
    var e = assertThrows(GuestException.class, this::sources);
    assertEquals(
        "no apt sources in %s: pass the address of a Debian mirror with --mirror, or a kernel of"
                .formatted(root.resolve("etc/apt"))
            + " your own with -kernel",
        e.getMessage());
  }

  @Test
  void aMirrorOfTheUserTakesTheHostsCodename() throws IOException {
    write("etc/os-release", "VERSION_CODENAME=\"trixie\"\n");
    var own = AptConfiguration.ofMirror(root, "http://m.example/debian");
    assertEquals("http://m.example/debian/ trixie", own.sources().get(0).toString());
    var named = AptConfiguration.ofMirror(root, "http://m.example/debian bookworm");
    assertEquals("http://m.example/debian/ bookworm", named.sources().get(0).toString());
  }

  @Test
  void aMirrorThatIsNoAddressIsRefused() {
    assertThrows(GuestException.class, () -> AptConfiguration.ofMirror(root, "not an address"));
    assertThrows(GuestException.class, () -> AptConfiguration.ofMirror(root, "ftp://m.example/"));
  }

  @Test
  void settingsAreReadInNestedAndInFlatForm() {
    String text =
        """
        // a comment
        APT { NeverAutoRemove { "^linux-.*"; }; };
        Acquire {
          http { Proxy "http://cache:3142/"; Proxy { m.example "DIRECT"; }; } # another
          /* Acquire::https::Proxy "x"; */
        };
        Acquire::Check-Valid-Until "false";
        """;
    Map<String, String> settings = AptSettings.parse(text);
    assertEquals("http://cache:3142/", settings.get("acquire::http::proxy"));
    assertEquals("DIRECT", settings.get("acquire::http::proxy::m.example"));
    assertEquals("false", settings.get("acquire::check-valid-until"));
    assertEquals(3, settings.size(), settings.toString());
  }

  @Test
  void aptConfComesAfterItsDirectory() throws IOException {
    write("etc/apt/sources.list", "deb http://a.example/debian stable main\n");
    write("etc/apt/apt.conf.d/10proxy", "Acquire::http::Proxy \"http://first:1\";\n");
    write("etc/apt/apt.conf.d/ignored.bak", "Acquire::http::Proxy \"http://never:1\";\n");
    write("etc/apt/apt.conf", "Acquire::http::Proxy \"http://last:1\";\n");
    var apt = AptConfiguration.ofHost(root);
    assertEquals("http://last:1", apt.settings().get("acquire::http::proxy"));
  }

  @Test
  void aptsOwnKeysComeBeforeThoseOfPackages() throws IOException {
    write("etc/apt/sources.list", "deb http://a.example/debian stable main\n");
    write("usr/share/keyrings/debian-archive-keyring.gpg", "");
    assertTrue(
        AptConfiguration.ofHost(root).trustedKeys().get(0).endsWith("debian-archive-keyring.gpg"));
    write("etc/apt/trusted.gpg.d/own.asc", "");
    assertTrue(AptConfiguration.ofHost(root).trustedKeys().get(0).endsWith("own.asc"));
  }
}
