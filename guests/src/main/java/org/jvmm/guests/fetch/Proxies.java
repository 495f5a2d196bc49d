package org.jvmm.guests.fetch;

import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which proxy an address is reached through: apt's own setting first, then the environment, in
 * apt's order (apt-transport-http(1)).
 */
public final class Proxies {
  private static final String DIRECT = "DIRECT";

  private final Map<String, String> apt;
  private final Map<String, String> environment;

  /**
   * @param apt apt's configuration, lower-case keys such as {@code acquire::http::proxy}
   * @param environment the process environment
   */
  public Proxies(Map<String, String> apt, Map<String, String> environment) {
    this.apt = apt;
    this.environment = environment;
  }

  /** The proxy's address, empty for a direct connection. */
  public Optional<URI> of(URI target) throws GuestException {
    String scheme = target.getScheme().toLowerCase(Locale.ROOT);
    String host = target.getHost() == null ? "" : target.getHost().toLowerCase(Locale.ROOT);
    String key = "acquire::" + scheme + "::proxy";
    String configured = apt.getOrDefault(key + "::" + host, apt.get(key));
    if (configured == null && scheme.equals("https")) {
      configured = apt.get("acquire::http::proxy");
    }
    if (configured == null && !excluded(host)) {
      configured = fromEnvironment(scheme + "_proxy", "all_proxy");
    }
    if (configured == null || configured.isBlank() || configured.equalsIgnoreCase(DIRECT)) {
      return Optional.empty();
    }
    return Optional.of(parse(configured));
  }

  /** The proxy in the form that URLConnection takes. */
  static Proxy toJava(Optional<URI> proxy) {
    return proxy
        .map(
            uri -> {
              int port = uri.getPort() < 0 ? 80 : uri.getPort();
              return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(uri.getHost(), port));
            })
        .orElse(Proxy.NO_PROXY);
  }

  /** Name and password from the proxy's address. */
  static Optional<Authenticator> login(Optional<URI> proxy) {
    return proxy
        .map(URI::getUserInfo)
        .map(
            user -> {
              String[] parts = user.split(":", 2);
              char[] password = parts.length == 2 ? parts[1].toCharArray() : new char[0];
              return new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                  return getRequestorType() == RequestorType.PROXY
                      ? new PasswordAuthentication(parts[0], password)
                      : null;
                }
              };
            });
  }

  private static URI parse(String proxy) throws GuestException {
    String address = proxy.contains("://") ? proxy : "http://" + proxy;
    try {
      URI uri = URI.create(address);
      if (uri.getHost() != null && uri.getScheme().equalsIgnoreCase("http")) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw new GuestException("the proxy setting '%s' is no address".formatted(proxy), e);
    }
    throw new GuestException("the proxy '%s' is not an http proxy".formatted(proxy));
  }

  private String fromEnvironment(String... names) {
    for (String name : names) {
      String upper = environment.get(name.toUpperCase(Locale.ROOT));
      String value = environment.getOrDefault(name, upper);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private boolean excluded(String host) {
    String list = fromEnvironment("no_proxy");
    if (list == null) {
      return false;
    }
    for (String entry : list.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
      String suffix = entry.startsWith("*.") ? entry.substring(1) : entry;
      boolean inDomain = host.endsWith(suffix.startsWith(".") ? suffix : "." + suffix);
      if (suffix.equals("*") || !suffix.isEmpty() && (host.equals(suffix) || inDomain)) {
        return true;
      }
    }
    return false;
  }
}
