package org.jvmm.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.net.DatagramNet;
import org.jvmm.net.Hub;
import org.jvmm.net.Joint;
import org.jvmm.net.UnpluggedNet;
import org.jvmm.pc.NetCard;

/** Opens the host ends of the cables, and tells which card has which; they outlive a machine. */
final class HostNets implements AutoCloseable {
  /** The first card's address; the others count on, as QEMU's do. */
  private static final MacAddress FIRST_MAC = new MacAddress(0x5254_0012_3456L);

  /** The hub that joins what -net names. */
  private static final int OLD_HUB = 0;

  /** Network backends of QEMU's that are not there: a guest is started without. */
  private static final Set<String> MISSING =
      Set.of("user", "tap", "bridge", "vde", "l2tpv3", "netmap", "vhost-user", "vhost-vdpa");

  private static final String NO_CARD =
      "%s: there is no such network so far; the guest has no network card";

  private final Consumer<String> notices;
  private final Map<String, NetBackend> ends = new LinkedHashMap<>();
  private final Set<String> taken = new HashSet<>();
  private final Map<Integer, Hub> hubs = new LinkedHashMap<>();
  private final List<NicOption> nics;
  private final List<NetCard> cards = new ArrayList<>();

  /**
   * Opens what the options ask for.
   *
   * @param devices the cards of -device
   * @param notices takes what the user should know, a line each
   * @throws UsageException if something is not known, or cannot be opened
   */
  HostNets(NetOptions options, List<NicOption> devices, Consumer<String> notices) {
    this.notices = notices;
    nics = new ArrayList<>(devices);
    try {
      for (String text : options.netdevs) {
        netdev(text);
      }
      for (String text : options.nics) {
        nic(text);
      }
      if (!options.nets.isEmpty()) {
        old(options.nets);
      }
      for (NicOption nic : nics) {
        plug(nic);
      }
    } catch (UsageException e) {
      close();
      throw e;
    }
    for (String id : ends.keySet()) {
      if (!taken.contains(id)) {
        notices.accept("-netdev %s: no card has it".formatted(id));
      }
    }
  }

  /** The machine's cards. */
  List<NetCard> cards() {
    return cards;
  }

  private void netdev(String text) {
    SubOptions options = new SubOptions("-netdev", text, "type");
    String id = options.take("id");
    if (id == null || ends.containsKey(id)) {
      throw options.fault(id == null ? "id= is needed" : "there is a netdev of that id");
    }
    ends.put(id, open(options.take("type", ""), id, options));
    options.end();
  }

  /** The network backends by their names; what they take is theirs. */
  private NetBackend open(String type, String id, SubOptions options) {
    return switch (type) {
      case "socket" -> socket(id, options);
      case "hubport" -> hubport(id, options);
      default -> {
        if (!MISSING.contains(type)) {
          throw options.fault("'%s' is not known; there are socket and hubport", type);
        }
        options.rest();
        notices.accept(
            "-netdev %s: there is no such network so far; the cable is unplugged".formatted(type));
        yield new UnpluggedNet();
      }
    };
  }

  private NetBackend socket(String id, SubOptions options) {
    String peer = options.take("udp");
    String local = options.take("localaddr");
    if (peer == null || local == null) {
      throw options.fault("both udp=HOST:PORT and localaddr=HOST:PORT are needed");
    }
    try {
      return new DatagramNet(id, address(options, local), address(options, peer));
    } catch (IOException e) {
      throw new UsageException(options.fault("%s", e.getMessage()).getMessage(), e);
    }
  }

  /** HOST:PORT; without a host any of this machine's addresses. */
  private static InetSocketAddress address(SubOptions options, String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 0 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 0xFFFF) {
      throw options.fault("'%s' is not HOST:PORT", text);
    }
    String host = text.substring(0, colon);
    InetSocketAddress address =
        host.isEmpty()
            ? new InetSocketAddress(Integer.parseInt(port))
            : new InetSocketAddress(host, Integer.parseInt(port));
    if (address.isUnresolved()) {
      throw options.fault("host '%s' is not known", host);
    }
    return address;
  }

  private NetBackend hubport(String id, SubOptions options) {
    int number = options.takeNumber("hubid", -1, 0, Integer.MAX_VALUE);
    if (number < 0) {
      throw options.fault("hubid= is needed");
    }
    NetBackend port = hub(number).port();
    String joined = options.take("netdev");
    if (joined == null) {
      return port;
    }
    Joint.join(port, take(joined, "-netdev hubport"));
    taken.add(id);
    return port;
  }

  private Hub hub(int number) {
    return hubs.computeIfAbsent(number, id -> new Hub("hub" + id));
  }

  private void nic(String text) {
    SubOptions options = new SubOptions("-nic", text, "type");
    String type = options.take("type", "");
    if (type.equals("none")) {
      return;
    }
    if (MISSING.contains(type)) {
      notices.accept(NO_CARD.formatted("-nic " + type));
      return;
    }
    NicOption.checkModel(options);
    String id = options.take("id", "nic" + nics.size());
    if (ends.containsKey(id)) {
      throw options.fault("there is a netdev of that id");
    }
    MacAddress mac = NicOption.mac(options, "mac");
    NetBackend end = open(type, id, options);
    options.end();
    ends.put(id, end);
    nics.add(new NicOption("-nic", id, mac));
  }

  /** The old form: without a network that there is, there is no card either. */
  private void old(List<String> nets) {
    List<String> types =
        nets.stream().map(text -> new SubOptions("-net", text, "type").take("type", "")).toList();
    if (types.stream().allMatch(type -> type.matches("nic|none") || MISSING.contains(type))) {
      if (!types.contains("none")) {
        notices.accept(NO_CARD.formatted("-net " + String.join(" -net ", types)));
      }
    } else {
      nets.forEach(this::net);
    }
  }

  private void net(String text) {
    SubOptions options = new SubOptions("-net", text, "type");
    String type = options.take("type", "");
    String id = options.take("name", "net" + ends.size());
    if (type.equals("nic")) {
      NicOption.checkModel(options);
      ends.put(id, hub(OLD_HUB).port());
      nics.add(new NicOption("-net nic", id, NicOption.mac(options, "macaddr")));
      options.end();
    } else if (!type.equals("none")) {
      NetBackend end = open(type, id, options);
      options.end();
      ends.put(id, end);
      Joint.join(hub(OLD_HUB).port(), take(id, "-net"));
    }
  }

  private void plug(NicOption nic) {
    NetBackend end = nic.netdev() == null ? new UnpluggedNet() : take(nic.netdev(), nic.option());
    MacAddress mac =
        nic.mac() == null ? new MacAddress(FIRST_MAC.bits() + cards.size()) : nic.mac();
    cards.add(new NetCard(mac, end));
  }

  private NetBackend take(String id, String option) {
    NetBackend end = ends.get(id);
    if (end == null) {
      throw new UsageException("%s: there is no -netdev with id=%s".formatted(option, id));
    }
    if (!taken.add(id)) {
      throw new UsageException("%s: netdev %s is taken already".formatted(option, id));
    }
    return end;
  }

  @Override
  public void close() {
    ends.values().forEach(NetBackend::close);
    hubs.values().forEach(Hub::close);
  }
}
