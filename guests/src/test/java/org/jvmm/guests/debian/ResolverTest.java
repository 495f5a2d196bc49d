package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.guests.fetch.GuestException;

class ResolverTest {
  private final StringBuilder packages = new StringBuilder();

  private void add(String name, String version, String... fields) {
    packages.append("Package: %s\nVersion: %s\n".formatted(name, version));
    packages.append("Description: one\n of several lines\n .\n with an empty one\n");
    for (String field : fields) {
      packages.append(field).append('\n');
    }
    packages.append("Filename: pool/%s_%s.deb\nSize: 10\n".formatted(name, version));
    packages.append("SHA256: ").append("0".repeat(64)).append("\n\n");
  }

  private PackageIndex index() throws IOException {
    PackageIndex index = new PackageIndex();
    byte[] text = packages.toString().getBytes(StandardCharsets.UTF_8);
    index.add(new ByteArrayInputStream(text), URI.create("http://m.example/debian/"));
    return index;
  }

  private List<String> resolve(String... names) throws IOException {
    var resolver = new Resolver(index(), name -> true);
    return resolver.resolve(List.of(names)).stream().map(PackageRecord::toString).toList();
  }

  @Test
  void dependenciesOfDependenciesAreAdded() throws IOException {
    add("python3-minimal", "3.11", "Pre-Depends: python3.11-minimal (>= 3.11~)", "Depends: dpkg");
    add("python3.11-minimal", "3.11.2", "Depends: libc6 (>= 2.36), zlib1g:any");
    add("dpkg", "1.21");
    add("libc6", "2.36-9");
    add("zlib1g", "1.2");
    assertEquals(
        List.of(
            "python3-minimal 3.11",
            "python3.11-minimal 3.11.2",
            "dpkg 1.21",
            "libc6 2.36-9",
            "zlib1g 1.2"),
        resolve("python3-minimal"));
  }

  @Test
  void theNewestVersionThatIsAllowedIsTaken() throws IOException {
    add("linux-image-amd64", "6.1.192-2", "Depends: linux-image-6.1.0-56-amd64 (= 6.1.192-2)");
    add("linux-image-amd64", "6.1.99-1", "Depends: linux-image-6.1.0-23-amd64 (= 6.1.99-1)");
    add("linux-image-6.1.0-56-amd64", "6.1.192-1");
    add("linux-image-6.1.0-56-amd64", "6.1.192-2");
    assertEquals(
        List.of("linux-image-amd64 6.1.192-2", "linux-image-6.1.0-56-amd64 6.1.192-2"),
        resolve("linux-image-amd64"));
  }

  @Test
  void theFirstAlternativeThatExistsIsTaken() throws IOException {
    add("a", "1", "Depends: missing | b | c");
    add("b", "1");
    add("c", "1");
    assertEquals(List.of("a 1", "b 1"), resolve("a"));
  }

  @Test
  void anAlternativeThatIsChosenAlreadyIsEnough() throws IOException {
    add("a", "1", "Depends: b | c");
    add("b", "1");
    add("c", "1");
    assertEquals(List.of("c 1", "a 1"), resolve("c", "a"));
  }

  @Test
  void aVirtualPackageIsFoundByWhatProvidesIt() throws IOException {
    add("a", "1", "Depends: awk, libssl-abi (>= 3)");
    add("mawk", "1", "Provides: awk");
    add("libssl3", "3.0.22", "Provides: libssl-abi (= 3.1)");
    add("libssl2", "2.0", "Provides: libssl-abi");
    assertEquals(List.of("a 1", "mawk 1", "libssl3 3.0.22"), resolve("a"));
  }

  @Test
  void circlesEnd() throws IOException {
    add("a", "1", "Depends: b");
    add("b", "1", "Depends: a");
    assertEquals(List.of("a 1", "b 1"), resolve("a"));
  }

  @Test
  void dependenciesThatAreNotFollowedMayBeMissing() throws IOException {
    add("linux-image-amd64", "6", "Depends: linux-image-6-amd64, initramfs-tools");
    add("linux-image-6-amd64", "6", "Depends: kmod, linux-base (>= 4.3)");
    var resolver = new Resolver(index(), name -> name.startsWith("linux-image"));
    assertEquals(2, resolver.resolve(List.of("linux-image-amd64")).size());
  }

  @Test
  void whatNoSourceHasIsNamed() throws IOException {
    add("a", "1", "Depends: b (>= 2) | c");
    add("b", "1");
    var e = assertThrows(GuestException.class, () -> resolve("a"));
    assertEquals("a 1 needs [b (>= 2), c], which no source has", e.getMessage());
    var f = assertThrows(GuestException.class, () -> resolve("nothing"));
    assertEquals("the apt sources have no package 'nothing'", f.getMessage());
  }

  @Test
  void aRecordThatCannotBeVerifiedIsLeftOut() throws IOException {
    packages.append("Package: a\nVersion: 1\nFilename: pool/a.deb\nSize: 10\n\n");
    assertEquals(0, index().size());
  }

  @Test
  void theAddressIsBelowTheRepositorysRoot() throws IOException {
    add("libstdc++6", "1~2+b1");
    URI uri = index().find(new Relation("libstdc++6", "", "")).orElseThrow().uri();
    assertEquals("/debian/pool/libstdc++6_1~2+b1.deb", uri.getPath());
  }
}
