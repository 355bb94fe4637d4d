package dev.homeostat.host;

/** Short messages to those who are logged in. Thread-safe; returns at once, and what cannot be told is only logged. */
public interface Messages {
    /** No message is longer; what is told with more words is told elsewhere. */
    int LIMIT_CHARS = 300;

    /**
     * @param title a few words
     * @param text one or two sentences, without anything that not everybody may know
     */
    void tell(String title, String text);
}
