package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

final class PlainLineTest {
  private static Map<String, Object> values(Options options) {
    Map<String, Object> values = new HashMap<>();
    for (OptionSpec each : AnyLine.parser(options).getCommandSpec().options()) {
      values.put(each.longestName(), each.getValue());
    }
    return values;
  }

  /** A line with each option by each of its names. */
  static Stream<String> lines() {
    return AnyLine.parser(new Options()).getCommandSpec().options().stream()
        .flatMap(
            option ->
                Stream.of(option.names())
                    .map(name -> option.arity().max() == 0 ? name : name + " some,text"));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void anOptionMeansWhatItIsDeclaredToMean(String line) {
    Options plain = PlainLine.read(line.split(" "));
    if (plain != null) {
      Options any = new Options();
      AnyLine.parser(any).parseArgs(line.split(" "));
      assertEquals(values(any), values(plain));
    }
  }

  @Test
  void anOrdinaryLineIsRead() {
    String line =
        "-m 1G -smp 2 -cpu host,-avx -nographic -no-reboot -kernel bzImage -initrd initrd -append"
            + " quiet -serial null -serial stdio";
    Options any = new Options();
    AnyLine.parser(any).parseArgs(line.split(" "));
    Options plain = PlainLine.read(line.split(" "));
    assertNotNull(plain);
    assertEquals(values(any), values(plain));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-m",
        "-append -x",
        "-krenel bzImage",
        "bzImage",
        "-help",
        "-m=512",
        "-nographic=x"
      })
  void whatNeedsMoreThanThatIsLeftToPicocli(String line) {
    assertNull(PlainLine.read(line.split(" ")));
  }
}
