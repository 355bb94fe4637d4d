package dev.homeostat.knowledge;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;

/**
 * What counts as a word: words of any language, without regard to case and accents, English ones by their stem. Names such
 * as {@code homeostat.service} and {@code /etc/motd} are found by their parts. Thread-safe.
 */
final class Words extends Analyzer {
    private static final int LONGEST_CHARS = 100;
    private static final int SNIPPET_CHARS = 240;
    /** Of one document looked through for a snippet: some ms of a processor at most. */
    private static final int LOOKED_THROUGH_CHARS = 50_000;

    @Override
    protected TokenStreamComponents createComponents(String field) {
        // parts of names are words of their own: the tokenizer alone keeps what has a dot in it together
        PartsTokenizer source = new PartsTokenizer();
        TokenStream words = new LengthFilter(source.tokenizer(), 1, LONGEST_CHARS);
        words = new EnglishPossessiveFilter(words);
        words = new LowerCaseFilter(words);
        words = new ASCIIFoldingFilter(words);
        words = new PorterStemFilter(words);
        return new TokenStreamComponents(source::reader, words);
    }

    /** Cuts at what stands between the parts of a name before Unicode's own rules do. */
    private static final class PartsTokenizer {
        private final StandardTokenizer tokenizer = new StandardTokenizer();

        StandardTokenizer tokenizer() {
            return tokenizer;
        }

        void reader(java.io.Reader text) {
            tokenizer.setReader(new PartsReader(text));
        }
    }

    /** Every dot, underscore, slash and colon is a blank; the number of characters stays, so that places are right. */
    private static final class PartsReader extends java.io.FilterReader {
        PartsReader(java.io.Reader text) {
            super(text);
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            for (int i = offset; i < offset + count; i++) {
                switch (buffer[i]) {
                    case '.', '_', '/', ':' -> buffer[i] = ' ';
                    default -> {
                        // stays
                    }
                }
            }
            return count;
        }
    }

    private record Match(String word, int start, int end) {}

    /** The part of a text with most of the words of a query, on one line; the beginning if there is none of them. */
    String snippet(String text, String query) {
        Set<String> wanted = new HashSet<>();
        for (Match match : matches(query, null)) {
            wanted.add(match.word());
        }
        String part = text.substring(0, Math.min(text.length(), LOOKED_THROUGH_CHARS));
        Deque<Match> window = new ArrayDeque<>();
        Map<String, Integer> seen = new HashMap<>();
        int best = 0;
        int start = 0;
        for (Match match : matches(part, wanted)) {
            window.add(match);
            seen.merge(match.word(), 1, Integer::sum);
            while (match.end() - window.getFirst().start() > SNIPPET_CHARS && window.size() > 1) {
                seen.computeIfPresent(window.removeFirst().word(), (word, count) -> count == 1 ? null : count - 1);
            }
            if (seen.size() > best) {
                best = seen.size();
                int middle = (window.getFirst().start() + match.end()) / 2;
                start = Math.max(0, middle - SNIPPET_CHARS / 2);
            }
        }
        return cut(text, start);
    }

    private static String cut(String text, int start) {
        int begin = start;
        while (begin > 0 && begin > start - 20 && !Character.isWhitespace(text.charAt(begin - 1))) {
            begin--;
        }
        int end = Math.min(text.length(), begin + SNIPPET_CHARS);
        if (begin > 0 && Character.isLowSurrogate(text.charAt(begin))) {
            begin--;
        }
        if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
            end--;
        }
        String middle =
                text.substring(begin, end).replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        return (begin > 0 ? "… " : "") + middle + (end < text.length() ? " …" : "");
    }

    /** @param wanted null for all */
    private List<Match> matches(String text, Set<String> wanted) {
        List<Match> matches = new ArrayList<>();
        try (TokenStream words = tokenStream("", text)) {
            CharTermAttribute term = words.getAttribute(CharTermAttribute.class);
            OffsetAttribute place = words.getAttribute(OffsetAttribute.class);
            words.reset();
            while (words.incrementToken()) {
                String word = term.toString();
                if (wanted == null || wanted.contains(word)) {
                    matches.add(new Match(word, place.startOffset(), place.endOffset()));
                }
            }
            words.end();
        } catch (IOException e) {
            throw new IllegalStateException("a text in memory cannot be read", e);
        }
        return matches;
    }
}
