package io.vxmeta.shardmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardHashTest {

  private static final int SAMPLES = 2_000;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Values published with other implementations of XXH3-64, seed 0.
  @ParameterizedTest
  @CsvSource({
    "'',2d06800538d394c2",
    "a,e6c632b61e964e1f",
    "abc,78af5f94892f3950",
    "hello world,d447b1ea40e6988b",
  })
  void theHashIsTheOneOthersPublish(String input, String expected) {
    long hash = Hashing.xxh3_64().hashBytesToLong(utf8(input));
    assertEquals(expected, Long.toHexString(hash).replaceFirst("^(?=.{15}$)", "0"));
  }

  @ParameterizedTest
  @CsvSource({
    "default,a,50",
    "default,user:1,81",
    "default,user:2,30",
    "default,feature/click_rate/v12,96",
    "features,a,56",
    "features,{user:1}:age,16",
    "features,user:1,16",
    "default,schlüssel-日本,94",
  })
  void aKeyKeepsItsShardForEver(String namespace, String key, int expected) {
    assertEquals(new ShardId(expected), ShardHash.shardOf(namespace, utf8(key)));
  }

  @Test
  void aLongKeyKeepsItsShardForEver() {
    byte[] key = new byte[4_096];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) i;
    }
    assertEquals(new ShardId(23), ShardHash.shardOf("default", key));
  }

  @ParameterizedTest
  @CsvSource({
    "{user:1}:age,user:1",
    "x{user:1}:age,user:1",
    "{a}{b},a",
    "{a{b}c},a{b",
    "{}x,{}x",
    "{}{a},{}{a}",
    "{a,{a",
    "a},a}",
    "}{a},a",
  })
  void theHashTagIsBetweenTheFirstBraceAndTheNext(String key, String tag) {
    byte[] bytes = utf8(key);
    int offset = HashTag.offset(bytes, 0, bytes.length);
    int length = HashTag.length(bytes, 0, bytes.length);
    assertEquals(tag, new String(bytes, offset, length, StandardCharsets.UTF_8));
  }

  @Test
  void keysWithOneTagShareAShard() {
    assertEquals(
        ShardHash.shardOf("ns", utf8("{user:7}:age")),
        ShardHash.shardOf("ns", utf8("{user:7}:name")));
  }

  @Test
  void namespaceAndKeyDoNotRunIntoEachOther() {
    long distinct =
        IntStream.range(0, 64)
            .filter(i ->
                !ShardHash.shardOf("ab" + i, utf8("c"))
                    .equals(ShardHash.shardOf("a", utf8("b" + i + "c"))))
            .count();
    assertTrue(distinct > 32, "distinct=" + distinct);
  }

  @Test
  void everyKeyOfAnyBytesHasADataShardAndAllWaysToAskAgree() {
    ShardHash hash = ShardHash.ofNamespace("default");
    for (int i = 0; i < SAMPLES; i++) {
      byte[] buffer = new byte[8 + random.nextInt(4_200)];
      random.nextBytes(buffer);
      int offset = random.nextInt(8);
      int length = 1 + random.nextInt(buffer.length - offset);
      length = Math.min(length, buffer.length - offset);
      byte[] key = Arrays.copyOfRange(buffer, offset, offset + length);
      ShardId shard = ShardHash.shardOf("default", key);
      String facts = "seed=" + seed + " sample=" + i;
      assertTrue(!shard.isRoot(), facts);
      assertEquals(shard.value(), hash.shardOf(buffer, offset, length), facts);
      assertEquals(
          shard.value(), ShardHash.shardOf(utf8("default"), buffer, offset, length), facts);
      assertEquals(shard.value(), naive("default", key), facts);
    }
  }

  /// The definition, word by word, over a copy.
  private static int naive(String namespace, byte[] key) {
    String text = new String(key, StandardCharsets.ISO_8859_1);
    int open = text.indexOf('{');
    int close = open < 0 ? -1 : text.indexOf('}', open + 1);
    String tag = close > open + 1 ? text.substring(open + 1, close) : text;
    byte[] input = (namespace + '\0' + tag).getBytes(StandardCharsets.ISO_8859_1);
    return Math.floorMod(Hashing.xxh3_64().hashBytesToLong(input), ShardId.COUNT);
  }

  @Test
  void shardsAreEvenlyFilled() {
    int keys = 128_000;
    int[] counts = new int[ShardId.COUNT];
    ShardHash hash = ShardHash.ofNamespace("default");
    for (int i = 0; i < keys; i++) {
      byte[] key = utf8("entity/" + i);
      counts[hash.shardOf(key, 0, key.length)]++;
    }
    int mean = keys / ShardId.COUNT;
    for (int count : counts) {
      assertTrue(Math.abs(count - mean) < 6 * Math.sqrt(mean), Arrays.toString(counts));
    }
  }
}
