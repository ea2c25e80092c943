"""The Streamlit way, to compare with: a chat page of `st.write_stream`, as its tutorial writes it."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st


@st.cache_resource
def chain() -> Any:
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI

    prompt = ChatPromptTemplate([("human", "{message}")])
    return prompt | ChatOpenAI(model=os.environ["MODEL"], stream_usage=True) | StrOutputParser()


if message := st.chat_input("Say something"):
    with st.chat_message("user"):
        st.write(message)
    with st.chat_message("assistant"):
        st.write_stream(chain().stream({"message": message}))
