package org.jvmm.guests.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProxiesTest {
  private static final URI HTTP = URI.create("http://mirror.example.org/debian/");
  private static final URI HTTPS = URI.create("https://mirror.example.org/debian/");

  private static String proxy(URI target, Map<String, String> apt, Map<String, String> environment)
      throws GuestException {
    return new Proxies(apt, environment).of(target).map(URI::toString).orElse("direct");
  }

  @Test
  void withNoSettingTheConnectionIsDirect() throws GuestException {
    assertEquals("direct", proxy(HTTP, Map.of(), Map.of()));
  }

  @Test
  void aptsSettingComesBeforeTheEnvironment() throws GuestException {
    var apt = Map.of("acquire::http::proxy", "http://cache:3142");
    assertEquals("http://cache:3142", proxy(HTTP, apt, Map.of("http_proxy", "http://other:1")));
  }

  @Test
  void aptsSettingForOneHostComesFirst() throws GuestException {
    var apt =
        Map.of(
            "acquire::http::proxy", "http://cache:3142",
            "acquire::http::proxy::mirror.example.org", "DIRECT");
    assertEquals("direct", proxy(HTTP, apt, Map.of("http_proxy", "http://other:1")));
  }

  @Test
  void theEnvironmentGoesByScheme() throws GuestException {
    var environment = Map.of("http_proxy", "http://a:1", "HTTPS_PROXY", "http://b:2");
    assertEquals("http://a:1", proxy(HTTP, Map.of(), environment));
    assertEquals("http://b:2", proxy(HTTPS, Map.of(), environment));
  }

  @Test
  void hostsInNoProxyAreDirect() throws GuestException {
    for (String list : new String[] {"example.org", ".example.org", "x,mirror.example.org", "*"}) {
      var environment = Map.of("all_proxy", "http://a:1", "no_proxy", list);
      assertEquals("direct", proxy(HTTP, Map.of(), environment), list);
    }
    var environment = Map.of("all_proxy", "http://a:1", "no_proxy", "ample.org");
    assertEquals("http://a:1", proxy(HTTP, Map.of(), environment));
  }

  @Test
  void aProxyOfAnotherKindIsRefusedByName() {
    var apt = Map.of("acquire::http::proxy", "socks5h://localhost:9050");
    var e = assertThrows(GuestException.class, () -> proxy(HTTP, apt, Map.of()));
    assertEquals("the proxy 'socks5h://localhost:9050' is not an http proxy", e.getMessage());
  }

  @Test
  void nameAndPasswordOfTheProxyAreTaken() {
    assertEquals(true, Proxies.login(Optional.of(URI.create("http://u:p@a:1"))).isPresent());
    assertEquals(false, Proxies.login(Optional.of(URI.create("http://a:1"))).isPresent());
  }
}
