package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Options about networks; {@link HostNets} knows what they mean. */
final class NetOptions {
  @Option(
      names = "-netdev",
      paramLabel = "SPEC",
      description =
          "host end of a card's cable: socket,id=ID,udp=HOST:PORT,localaddr=HOST:PORT a tunnel to another"
              + " jvmm or QEMU; hubport,id=ID,hubid=N[,netdev=ID] a hub in this process")
  List<String> netdevs = new ArrayList<>();

  @Option(
      names = "-nic",
      paramLabel = "SPEC",
      description = "a card and its cable: what -netdev takes, with model=ne2k_pci, mac=; or none")
  List<String> nics = new ArrayList<>();

  @Option(
      names = "-net",
      paramLabel = "SPEC",
      description = "the old form, joined by a hub: nic,model=,macaddr= and what -netdev takes")
  List<String> nets = new ArrayList<>();
}
