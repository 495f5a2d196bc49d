package org.jvmm.block.dir;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jvmm.block.dir.HostTree.Node;

/** Gives the entries of one directory their identifiers, in the order that ECMA-119 9.3 wants. */
enum IsoNames {
  /** Level 1: eight and three of A-Z, 0-9 and _; Rock Ridge has the true names. */
  PRIMARY {
    @Override
    byte[] identifier(Node node, Set<String> taken) {
      int dot = node.directory ? -1 : node.name.lastIndexOf('.');
      String base = letters(dot > 0 ? node.name.substring(0, dot) : node.name);
      String extension = dot > 0 ? letters(node.name.substring(dot + 1)) : "";
      extension = extension.substring(0, Math.min(3, extension.length()));
      String stem = base.substring(0, Math.min(8, base.length()));
      String name = whole(stem, extension, node);
      for (int i = 0; !taken.add(name); i++) {
        String tail = Integer.toString(i);
        int most = Math.min(stem.length(), 8 - tail.length());
        name = whole(stem.substring(0, most) + tail, extension, node);
      }
      return name.getBytes(StandardCharsets.US_ASCII);
    }

    private String whole(String stem, String extension, Node node) {
      return node.directory ? stem : stem + "." + extension + ";1";
    }

    private String letters(String name) {
      String clean = name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9_]", "_");
      return clean.isEmpty() ? "_" : clean;
    }
  },

  /** Joliet: up to 64 characters of UCS-2. */
  JOLIET {
    @Override
    byte[] identifier(Node node, Set<String> taken) {
      final int most = 64;
      String clean = node.name.replaceAll("[\\x00-\\x1f*/:;?\\\\]", "_");
      String name = clean.substring(0, Math.min(most - 2, clean.length()));
      String stem = name.substring(0, Math.min(most - 8, name.length()));
      for (int i = 0; !taken.add(name); i++) {
        name = stem + "~" + i;
      }
      return (node.directory ? name : name + ";1").getBytes(StandardCharsets.UTF_16BE);
    }
  };

  /** An entry and its identifier. */
  record Named(Node node, byte[] identifier) {}

  /** An identifier that is not among those taken; enters it there. */
  abstract byte[] identifier(Node node, Set<String> taken);

  /** The children of a directory with their identifiers, sorted by them. */
  List<Named> of(Node directory) {
    Set<String> taken = new HashSet<>();
    List<Named> named = new ArrayList<>();
    for (Node each : directory.children) {
      named.add(new Named(each, identifier(each, taken)));
    }
    named.sort(Comparator.comparing(Named::identifier, Arrays::compareUnsigned));
    return named;
  }
}
